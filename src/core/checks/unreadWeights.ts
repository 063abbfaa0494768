import { Failure } from "../failure.ts";
import type { Finding } from "../report/report.ts";
import type { CheckedFile } from "./checkedFile.ts";
import { cutOffFinding, isCutOff } from "./cutOff.ts";
import { listed, tensors } from "./listed.ts";

/** Types that a reader lists and does not decode, which is no fault of the file. */
const isOfOtherType = /\/(type-not-read|dtype|sliced)$/;

interface Unread {
  readonly name: string;
  readonly failure: Failure;
}

/** Tensors whose elements could not be read: their end is missing, they are damaged, or their type is not decoded. */
export function unreadWeights({ tensors: all }: CheckedFile): Finding[] {
  const unread = all.flatMap(({ name, scan }): Unread[] => (scan instanceof Failure ? [{ name, failure: scan }] : []));
  const cut = unread.filter(({ failure }) => isCutOff(failure));
  const others = unread.filter(({ failure }) => isOfOtherType.test(failure.code));
  const damaged = unread.filter((each) => !cut.includes(each) && !others.includes(each));
  return [
    ...cut.slice(0, 1).map(({ failure }) => cutOffFinding(failure)),
    ...finding(damaged, all.length, "error", "Weights that cannot be read."),
    ...finding(others, all.length, "information", "Weights that are not decoded, and were not looked at."),
  ];
}

function finding(unread: readonly Unread[], of: number, severity: Finding["severity"], title: string): Finding[] {
  const [first] = unread;
  if (!first) return [];
  const names = listed(unread.map(({ name }) => name));
  const evidence = `${unread.length} of ${tensors(of)}: ${names}. ${first.failure.message}`;
  return [{ code: "check/unread", severity, title, evidence }];
}
