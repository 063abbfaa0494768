import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Workspace {
  readonly folder: string;
  remove(): void;
}

/**
 * A copy of the sample, to be changed and thrown away.
 *
 * @param options.compares Whether opening the folder compares two of its networks: by a task of the folder's own, which
 *   VS Code runs in a folder that is trusted, so that the extension needs no door for it.
 */
export function sampleWorkspace(options: { readonly compares?: boolean } = {}): Workspace {
  const home = mkdtempSync(join(tmpdir(), "likeness-sample-"));
  const folder = join(home, "sample");
  cpSync(resolve(import.meta.dirname, "../../media/sample"), folder, { recursive: true });
  if (options.compares) {
    mkdirSync(join(folder, ".vscode"));
    writeFileSync(join(folder, ".vscode/tasks.json"), JSON.stringify(comparing, undefined, 2));
  }
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}

const comparing = {
  version: "2.0.0",
  inputs: [
    { id: "compare", type: "command", command: "likeness.compare", args: ["ears-seed0.onnx", "tail-seed0.onnx"] },
  ],
  tasks: [
    {
      label: "Compare ears-seed0 with tail-seed0",
      type: "process",
      // The work is in the input; a task has to run something besides.
      command: process.execPath,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code fills it in
      args: ["--version", "${input:compare}"],
      presentation: { reveal: "never", close: true },
      runOptions: { runOn: "folderOpen" },
    },
  ],
};
