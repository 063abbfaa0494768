import { columns, wrap } from "../core/report/terminal.ts";
import { type Command, commands } from "./commands.ts";

/** What `likeness --help` says. */
export function overview(): string {
  const lines = commands.map(({ name, operands, summary }) => [`  ${name} ${operands}`, summary]);
  return [
    "Likeness shows how alike two neural networks are, layer by layer.",
    "",
    "Usage: likeness COMMAND …",
    "",
    ...columns(lines),
    "",
    "likeness COMMAND --help lists a command's flags. likeness --version says which version this is.",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled.",
    "",
  ].join("\n");
}

/** What `likeness COMMAND --help` says, in `width` columns. */
export function commandHelp(command: Command, width: number): string {
  const standing = [["--verbose", "print also what the compute process writes"]];
  const own = command.flags.map(({ name, value, help }) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    help,
  ]);
  const all = [...own, ...standing];
  const indent = Math.max(...all.map(([flag = ""]) => flag.length)) + 4;
  const flags = all.flatMap(([flag = "", help = ""]) => {
    const [first = "", ...rest] = wrap(help, Math.max(24, width - indent));
    return [`  ${flag.padEnd(indent - 2)}${first}`, ...rest.map((line) => " ".repeat(indent) + line)];
  });
  return [
    `Usage: likeness ${command.name} ${command.operands} [flags]`,
    "",
    `  ${command.summary}`,
    "",
    ...flags,
    "",
  ].join("\n");
}
