import { doNotLoad } from "../formats/torch/foreignNames.ts";
import type { Finding } from "../report/report.ts";
import type { CheckedFile } from "./checkedFile.ts";

/** Pickles with objects of classes that PyTorch knows nothing of; some run code when another program loads them. */
export function foreignClasses({ notices }: CheckedFile): Finding[] {
  return notices
    .filter(({ code }) => code === "pickle/foreign-class")
    .map(({ message }) => {
      const isDangerous = message.includes(doNotLoad);
      return {
        code: "check/foreign-class",
        severity: isDangerous ? "error" : "information",
        title: isDangerous ? "A pickle that may run code when it is loaded." : "Python objects beside the weights.",
        evidence: message,
      };
    });
}
