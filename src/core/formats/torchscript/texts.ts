import { type Budget, type Operator, position, slice, write } from "./elements.ts";
import type { Value } from "./values.ts";

/** What the code does with texts. */
export const textOperators: ReadonlyMap<string, Operator<string>> = new Map<string, Operator<string>>([
  ["len", (text) => text.length],
  ["add", (text, [, other], budget) => (typeof other === "string" ? joined(text + other, budget) : undefined)],
  ["eq", (text, [, other]) => text === other],
  ["ne", (text, [, other]) => text !== other],
  ["format", (text, [, ...values], budget) => joined(format(text, values), budget)],
  ["find", (text, [, part]) => (typeof part === "string" ? text.indexOf(part) : undefined)],
  ["__contains__", (text, [, part]) => (typeof part === "string" ? text.includes(part) : undefined)],
  ["startswith", (text, [, part]) => (typeof part === "string" ? text.startsWith(part) : undefined)],
  ["endswith", (text, [, part]) => (typeof part === "string" ? text.endsWith(part) : undefined)],
  ["lower", (text) => text.toLowerCase()],
  ["upper", (text) => text.toUpperCase()],
  [
    "slice",
    (text, args) =>
      slice(text.length, args)
        ?.map((at) => text[at])
        .join(""),
  ],
  ["__getitem__", (text, [, at]) => text[position(text.length, at) ?? text.length]],
]);

function joined(text: string, budget: Budget): string {
  budget.spend(text.length);
  return text;
}

/** Python's `str.format` with empty braces, which is what the compiler leaves of assertions' messages. */
function format(text: string, values: readonly Value[]): string {
  let next = 0;
  return text.replace(/\{[^{}]*\}/g, () => write(values[next++] ?? null));
}
