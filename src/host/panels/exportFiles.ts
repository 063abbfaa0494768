import { createHash } from "node:crypto";
import { Failure } from "../../core/failure.ts";
import { reportCsv } from "../../core/report/csv.ts";
import { type PageAsset, reportHtml } from "../../core/report/html.ts";
import type { InversionReport, Report } from "../../core/report/report.ts";
import type { ExportFormat } from "../../protocol/view.ts";

/** The page's files, read when an HTML report is written and not before. */
export type ReadAsset = (name: "report.js" | "report.css") => Promise<string>;

/**
 * What an export in one file holds, as the command line writes it.
 *
 * @param picture data URL of a PNG, or the text of an SVG, which only the view can draw.
 * @throws Failure `export/no-picture` where the view sent none.
 */
export async function exportedFile(
  report: Report,
  format: Exclude<ExportFormat, "csv">,
  picture: string | undefined,
  read: ReadAsset,
): Promise<Uint8Array> {
  switch (format) {
    case "json":
      return bytes(`${JSON.stringify(report)}\n`);
    case "html": {
      const [script, style] = await Promise.all([read("report.js"), read("report.css")]);
      return bytes(reportHtml(report, { script: asset(script), style: asset(style) }));
    }
    case "svg":
      if (picture?.startsWith("<svg") !== true) throw noPicture();
      return bytes(picture);
    case "png": {
      const start = "data:image/png;base64,";
      if (picture?.startsWith(start) !== true) throw noPicture();
      return Buffer.from(picture.slice(start.length), "base64");
    }
  }
}

/** The files of an export as CSV, by name: they go into a folder of their own. */
export function exportedTables(report: Report): ReadonlyMap<string, Uint8Array> {
  return new Map([...reportCsv(report)].map(([name, text]) => [name, bytes(text)]));
}

/** Folder of the pictures that belong to a report of inversions: beside it, `a.likeness.json` has `a.pictures`. */
export function picturesBeside(file: string): string {
  return `${file.replace(/(\.likeness)?\.json$/i, "")}.pictures`;
}

/** Names of all pictures that a report of inversions shows. */
export function pictureNames({ pictures = [], controversial }: InversionReport): readonly string[] {
  const ofPairs = pictures.flatMap(({ seed, target, inversions, descents }) => [
    seed,
    target,
    ...inversions,
    ...descents.map(({ file }) => file),
  ]);
  return [...ofPairs, ...(controversial?.pictures ?? []).flat(2)];
}

/** A file's name that no file system refuses and no shell has to quote, from a comparison's title: `seed0-vs-seed1`. */
export function exportName(title: string): string {
  const name = title
    .replaceAll(" × ", "-vs-")
    .replace(/[\p{Cc}\s<>:"/\\|?*]+/gu, "-")
    .replace(/^[. ]+|[. ]+$/g, "");
  return name === "" ? "comparison" : name.slice(0, 100);
}

function asset(text: string): PageAsset {
  return { text, sha256: createHash("sha256").update(text).digest("base64") };
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

function noPicture(): Failure {
  return new Failure("export/no-picture", "There is no picture to export yet.", {
    hint: "Wait for the first cells to appear, and export again.",
  });
}
