/** What a terminal can do: colours it may have, columns it does have, and nothing a file's name can abuse. */
import { colourAt, palettes, takesDarkInk } from "./colour.ts";
import type { Rgb } from "./oklab.ts";

export interface Terminal {
  /** Whether escape sequences (24-bit colour) are welcome. */
  readonly colour: boolean;
  /** Columns. */
  readonly width: number;
}

const reset = "\u001b[0m";

/** Weight for what is read first. */
export function bold(terminal: Terminal, text: string): string {
  return terminal.colour ? `\u001b[1m${text}${reset}` : text;
}

/** Quiet text for what is looked up. */
export function dim(terminal: Terminal, text: string): string {
  return terminal.colour ? `\u001b[2m${text}${reset}` : text;
}

/** Yellow, for warnings. */
export function alarm(terminal: Terminal, text: string): string {
  return terminal.colour ? `\u001b[33m${text}${reset}` : text;
}

/** Text on the colour of a position on the scale (0 unlike, 1 alike), with ink that can be read on it. */
export function onScale(position: number, text: string): string {
  const ground = colourAt(palettes.dark, position);
  const ink: Rgb = takesDarkInk(ground) ? [16, 16, 20] : [236, 236, 240];
  return `\u001b[48;2;${ground.join(";")};38;2;${ink.join(";")}m${text}${reset}`;
}

/** Names come from files: control characters, which could move the cursor or colour the screen, are shown as `�`. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
}

/** Breaks text at spaces into lines of at most `width` columns. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, indent + line];
}

/** Lines in columns as wide as their longest text; the last is not padded. Columns of `right` are flush right. */
export function columns(lines: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((text, i) => (right.has(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}
