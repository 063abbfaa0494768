import type { Finding } from "../report/report.ts";
import { type CheckedFile, type ScannedTensor, scanned } from "./checkedFile.ts";
import { listed, tensors } from "./listed.ts";

/** Weights that are NaN or infinite: whatever the network answers is, too. Masks are made of 0 and −∞ and are no fault. */
export function nonFinite(file: CheckedFile): Finding[] {
  const all = scanned(file);
  const faulty = all.filter((each) => each.scan.nan + each.scan.infinite > 0 && !isMask(each));
  if (faulty.length === 0) return [];
  const described = faulty.map(({ name, scan }) => {
    const counts = [
      ...(scan.nan > 0 ? [`${scan.nan} NaN`] : []),
      ...(scan.infinite > 0 ? [`${scan.infinite} infinite`] : []),
    ];
    return `${name} (${counts.join(", ")} of ${scan.count})`;
  });
  return [
    {
      code: "check/non-finite",
      severity: "error",
      title: "Weights that are no finite numbers.",
      evidence: `${faulty.length} of ${tensors(all.length)}: ${listed(described)}.`,
    },
  ];
}

function isMask({ role, scan, tensor }: ScannedTensor): boolean {
  if (role === "buffer") return true;
  const square = tensor.shape.length >= 2 && tensor.shape.at(-1) === tensor.shape.at(-2);
  return square && scan.nan === 0 && scan.minimum === 0 && scan.maximum === 0;
}
