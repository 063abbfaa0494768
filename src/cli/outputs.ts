import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure } from "../core/failure.ts";
import { reportCsv } from "../core/report/csv.ts";
import { type PageAsset, reportHtml } from "../core/report/html.ts";
import type { Report } from "../core/report/report.ts";
import type { Input } from "./input.ts";

/** Where a report is to go besides the terminal; paths are absolute. */
export interface Destinations {
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly csv: string | undefined;
}

/** `-` as the place of JSON: standard output. */
export const standardOutput = "-";

export function destinations(input: Input): Destinations {
  const json = input.text("json") === standardOutput ? standardOutput : input.path("json");
  return { json, html: input.path("html"), csv: input.path("csv") };
}

/**
 * Makes the folders that the files go to: a path that cannot be written is better known before an hour's work.
 * @throws Failure `output/not-writable`
 */
export async function makeFolders({ json, html, csv }: Destinations): Promise<void> {
  for (const file of [json, html]) {
    if (file !== undefined && file !== standardOutput)
      await writing(file, () => mkdir(dirname(file), { recursive: true }));
  }
  if (csv !== undefined) await writing(csv, () => mkdir(csv, { recursive: true }));
}

/** Writes JSON on one line, to a file or to standard output, which `print` writes to. */
export async function writeJson(target: string, value: unknown, print: (text: string) => void): Promise<void> {
  const text = `${JSON.stringify(value)}\n`;
  if (target === standardOutput) print(text);
  else await writing(target, () => writeFile(target, text));
}

/** Writes the page; its script and style are `report.js` and `report.css` in the folder `assets`. */
export async function writeHtml(file: string, report: Report, assets: string): Promise<void> {
  const [script, style] = await Promise.all([asset(join(assets, "report.js")), asset(join(assets, "report.css"))]);
  await writing(file, () => writeFile(file, reportHtml(report, { script, style })));
}

/** Writes each of the report's CSV files into a folder. */
export async function writeCsv(folder: string, report: Report): Promise<void> {
  for (const [name, text] of reportCsv(report)) {
    const file = join(folder, name);
    await writing(file, () => writeFile(file, text));
  }
}

async function asset(file: string): Promise<PageAsset> {
  const text = await readFile(file, "utf8");
  return { text, sha256: createHash("sha256").update(text).digest("base64") };
}

async function writing(file: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("output/not-writable", `It cannot be written: ${reason}.`, {
      file,
      hint: "Name a place that this user may write to.",
    });
  }
}
