/**
 * A report as one HTML file: the page's script and style and the report itself stand inside, nothing is fetched. The
 * content security policy names both by their hashes, so that nothing else, whatever a layer may be called, can run.
 */
import { comparedPairs, modelNames } from "./pairs.ts";
import type { Report } from "./report.ts";

/** A file of the page with the base64 SHA-256 of its UTF-8 bytes, which a pure function cannot compute. */
export interface PageAsset {
  readonly text: string;
  readonly sha256: string;
}

/** The page's script (`report.js`) and style (`report.css`). */
export interface PageAssets {
  readonly script: PageAsset;
  readonly style: PageAsset;
}

/**
 * The whole file, as text to be written in UTF-8.
 *
 * @throws Error if an asset would end its own element.
 */
export function reportHtml(report: Report, { script, style }: PageAssets): string {
  if (/<\/script/i.test(script.text) || /<\/style/i.test(style.text)) {
    throw new Error("The page's script or style contains its own closing tag.");
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Likeness ${escaped(report.version)}">
<title>${escaped(reportTitle(report))}</title>
<style>${style.text}</style>
</head>
<body>
<script id="report" type="application/json">${inScript(report)}</script>
<noscript>This report draws its pictures with a script that stands in this file.</noscript>
<script type="module">${script.text}</script>
</body>
</html>
`;
}

/** `seed0 × seed1 – Likeness`. */
export function reportTitle(report: Report): string {
  const [pair, ...more] = comparedPairs(report);
  const names = modelNames(report.models.map((model) => model.path));
  const title = pair !== undefined && more.length === 0 ? `${pair.nameA} × ${pair.nameB}` : names.join(", ");
  return title === "" ? "Likeness" : `${title} – Likeness`;
}

function policy(script: PageAsset, style: PageAsset): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${script.sha256}'`,
    `style-src 'sha256-${style.sha256}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** JSON that no HTML parser can take for markup: `<` is written as an escape. */
function inScript(report: Report): string {
  return JSON.stringify(report).replaceAll("<", "\\u003c");
}

function escaped(text: string): string {
  const entities = new Map([
    ["&", "&amp;"],
    ["<", "&lt;"],
    [">", "&gt;"],
    ['"', "&quot;"],
  ]);
  return text.replace(/[&<>"]/g, (character) => entities.get(character)!);
}
