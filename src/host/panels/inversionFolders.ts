import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../../core/report/report.ts";
import { parseReport } from "../../core/report/validate.ts";
import type { InversionQuestion } from "../../protocol/view.ts";
import { inversionFields } from "./inversionQuestion.ts";

/** Folders that are kept; those not used for longest go first. */
const most = 8;
const reportName = "report.likeness.json";

/** Pictures and report of the questions asked last, a folder for each. */
export class InversionFolders {
  /** Absolute path. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Absolute path of a question's folder, whether it is there or not. */
  of(question: InversionQuestion): string {
    return join(this.root, createHash("sha256").update(inversionFields(question)).digest("hex").slice(0, 24));
  }

  /** Makes a question's folder the newest, without the answer that it had, and drops the oldest of the others. */
  async take(question: InversionQuestion): Promise<string> {
    const folder = this.of(question);
    await mkdir(folder, { recursive: true });
    await rm(join(folder, reportName), { force: true });
    const now = new Date();
    await utimes(folder, now, now);
    await this.evict();
    return folder;
  }

  /** Keeps a question's answer beside its pictures. */
  async keep(question: InversionQuestion, report: Report): Promise<void> {
    await writeFile(join(this.of(question), reportName), JSON.stringify(report));
  }

  /** The answer that was kept; `undefined` where there is none, or where a file that it rests on was written since. */
  async kept(question: InversionQuestion): Promise<Report | undefined> {
    const file = join(this.of(question), reportName);
    const made = await writtenAt(file);
    if (made === undefined) return undefined;
    try {
      const report = parseReport(await readFile(file, "utf8"));
      if (report.inversion === undefined) return undefined;
      const times = await Promise.all(filesOf(question, report).map(writtenAt));
      // Settings need not be there; everything else has to be.
      const settings = await Promise.all(settingsOf(question).map(writtenAt));
      const isSame = times.every((time) => time !== undefined && time <= made);
      return isSame && settings.every((time) => time === undefined || time <= made) ? report : undefined;
    } catch {
      // A file that was written in part, or by another version: the question is asked again.
      return undefined;
    }
  }

  private async evict(): Promise<void> {
    const names = await readdir(this.root);
    const folders = await Promise.all(
      names.map(async (name) => ({ name, time: (await writtenAt(join(this.root, name))) ?? 0 })),
    );
    const old = folders.toSorted((a, b) => b.time - a.time).slice(most);
    await Promise.all(old.map(({ name }) => rm(join(this.root, name), { recursive: true, force: true })));
  }
}

function filesOf({ models, probe }: InversionQuestion, report: Report): readonly string[] {
  const found = report.probe === undefined || report.probe.synthetic ? [] : [report.probe.path];
  return [
    ...models.flatMap(({ path, architecture }) => (architecture === undefined ? [path] : [path, architecture])),
    ...report.models.flatMap(({ architecture: { file } }) => file ?? []),
    ...(probe === undefined ? found : [probe]),
  ];
}

/** Every `likeness.json` that may speak for one of the models. */
function settingsOf({ models }: InversionQuestion): readonly string[] {
  const folders = new Set<string>();
  for (const { path } of models) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].map((folder) => join(folder, "likeness.json"));
}

/** Milliseconds since 1970; `undefined` where there is no such file. */
async function writtenAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
