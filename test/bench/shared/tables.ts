import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { Claim } from "./claim.ts";

/** The machine and the versions, without its name. */
export function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const cores = availableParallelism();
  return `Machine: ${cores} × ${cpus()[0]?.model.trim()}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}.\n`;
}

/** Claims with their figures and goals; nothing where there are none. */
export function claimTable(claimed: readonly Claim[]): string[] {
  if (claimed.length === 0) return [];
  return [
    "| ours | median | 95 % bound | goal | |",
    "| --- | --- | --- | --- | --- |",
    ...claimed.map(({ what, figure, bound, goal, met }) =>
      cells(what, fixed(figure), fixed(bound), goal, met ? "met" : "not met"),
    ),
    "",
  ];
}

/** A row of a table. */
export function cells(...texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}

/** Three digits or so. */
export function fixed(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
