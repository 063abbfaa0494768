import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Workspace {
  readonly folder: string;
  remove(): void;
}

export interface WorkspaceOptions {
  /**
   * Whether opening the folder compares two of its networks: by a task of the folder's own, which VS Code runs in a
   * folder that is trusted, so that the extension needs no door for it.
   */
  readonly compares?: boolean;
  /** How often the pictures follow each other in the probe, for comparisons that take their time: 0.5 s each. */
  readonly repeated?: number;
  /** Puts more into the folder before it is opened: the Explorer takes a while to see what is new. */
  readonly prepare?: (folder: string) => void;
}

/** A copy of the sample, to be changed and thrown away. */
export function sampleWorkspace({ compares = false, repeated = 1, prepare }: WorkspaceOptions = {}): Workspace {
  const home = mkdtempSync(join(tmpdir(), "likeness-sample-"));
  const folder = join(home, "sample");
  cpSync(resolve(import.meta.dirname, "../../media/sample"), folder, { recursive: true });
  if (compares) {
    mkdirSync(join(folder, ".vscode"));
    writeFileSync(join(folder, ".vscode/tasks.json"), JSON.stringify(comparing(folder), undefined, 2));
  }
  if (repeated > 1) repeatPictures(folder, repeated);
  prepare?.(folder);
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}

function repeatPictures(folder: string, times: number): void {
  for (const name of ["creatures.images.bin", "creatures.labels.bin"]) {
    const file = join(folder, name);
    writeFileSync(file, Buffer.concat(new Array<Buffer>(times).fill(readFileSync(file))));
  }
  edit(join(folder, "creatures.probe.json"), (probe) => {
    const [pictures, ...axes] = probe.shape as number[];
    return { ...probe, shape: [pictures! * times, ...axes] };
  });
  edit(join(folder, "likeness.json"), (settings) => ({ ...settings, samples: (settings.samples as number) * times }));
}

function edit(file: string, change: (value: Record<string, unknown>) => Record<string, unknown>): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8"))), undefined, 2));
}

/** Tasks of a folder that compare two of its networks when it is opened. */
function comparing(folder: string): unknown {
  const task = {
    label: "Compare ears-seed0 with tail-seed0",
    type: "process",
    // The work is in the input; a task has to run something besides.
    command: process.execPath,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code fills it in
    args: ["--version", "${input:compare}"],
    presentation: { reveal: "never", close: true },
    runOptions: { runOn: "folderOpen" },
  };
  const input = { id: "compare", type: "command", command: "likeness.openSample", args: folder };
  return { version: "2.0.0", inputs: [input], tasks: [task] };
}
