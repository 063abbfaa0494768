import { middle } from "../report/format.ts";

/** Names shown of many, and characters of each: names come from files. */
const most = 6;
const longest = 120;

/** Some of the items, and how many more there are: `a, b and 12 more`. */
export function listed(items: readonly string[]): string {
  const shown = items
    .slice(0, most)
    .map((item) => middle(item, longest))
    .join(", ");
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/** `1 tensor`, `3 tensors`. */
export function tensors(count: number): string {
  return count === 1 ? "1 tensor" : `${count} tensors`;
}
