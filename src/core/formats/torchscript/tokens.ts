import { Failure } from "../../failure.ts";

/** A piece of source. `indent` and `dedent` stand where a block begins and ends, `newline` behind each logical line. */
export type Token = { readonly line: number } & (
  | { readonly kind: "name" | "string" | "symbol"; readonly text: string }
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "newline" | "indent" | "dedent" | "end" }
);

/** Blocks within blocks; PyTorch's printer stays far below. */
const maxIndentation = 100;

const namePattern = /[A-Za-z_]\w*/y;
const numberPattern = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const symbolPattern = /->|[()[\]{}:,.=\-@]/y;
const blankPattern = /[ \t\r]*(?:#[^\n]*)?/y;
const stringPattern = /"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'/y;
const escapePattern = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|([\s\S]))/g;

/**
 * Takes a source file apart.
 * @param path of the file, for messages
 * @throws Failure `torchscript/syntax`.
 */
export function tokenize(text: string, path: string): readonly Token[] {
  const tokens: Token[] = [];
  const indentation = [0];
  let position = 0;
  let line = 1;
  let open = 0;

  const fail = (what: string) => new Failure("torchscript/syntax", `${what} in line ${line} of ${path}.`);
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text) ?? undefined;
    if (found) position += found[0].length;
    return found;
  };
  const startLine = (): void => {
    const start = position;
    match(blankPattern);
    if (position >= text.length || text[position] === "\n") return;
    const width = position - start;
    if (width > indentation.at(-1)!) {
      if (indentation.push(width) > maxIndentation) throw fail("Blocks are nested absurdly deep");
      tokens.push({ kind: "indent", line });
    }
    while (width < indentation.at(-1)!) {
      indentation.pop();
      tokens.push({ kind: "dedent", line });
    }
    if (width !== indentation.at(-1)) throw fail("A block is indented unevenly");
  };

  const endLine = (): void => {
    const last = tokens.at(-1)?.kind;
    if (last !== undefined && last !== "newline" && last !== "dedent") tokens.push({ kind: "newline", line });
  };

  startLine();
  while (position < text.length) {
    const character = text[position]!;
    if (character === "\n") {
      position++;
      if (open === 0) {
        endLine();
        line++;
        startLine();
      } else line++;
    } else if (/[A-Za-z_]/.test(character)) {
      tokens.push({ kind: "name", text: match(namePattern)![0], line });
    } else if (/\d/.test(character) || (character === "." && /\d/.test(text[position + 1] ?? ""))) {
      const number = match(numberPattern)![0];
      tokens.push({ kind: /[.eE]/.test(number) ? "float" : "int", value: Number(number), line });
    } else if (character === '"' || character === "'") {
      const found = match(stringPattern);
      if (!found) throw fail("A text does not end");
      tokens.push({ kind: "string", text: withoutEscapes(found[1] ?? found[2] ?? ""), line });
    } else if (character === " " || character === "\t" || character === "\r" || character === "#") {
      match(blankPattern);
    } else {
      const found = match(symbolPattern);
      if (!found) throw fail(`Unexpected "${character}"`);
      const symbol = found[0];
      if ("([{".includes(symbol)) open++;
      else if (")]}".includes(symbol)) open = Math.max(0, open - 1);
      tokens.push({ kind: "symbol", text: symbol, line });
    }
  }
  endLine();
  for (let depth = indentation.length; depth > 1; depth--) tokens.push({ kind: "dedent", line });
  tokens.push({ kind: "end", line });
  return tokens;
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["\n", ""],
]);

function withoutEscapes(body: string): string {
  return body.replace(escapePattern, (_, octal?: string, hex?: string, other?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return simpleEscapes.get(other ?? "") ?? other ?? "";
  });
}
