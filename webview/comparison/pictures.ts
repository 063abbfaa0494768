/** The shown matrix as a picture for elsewhere: on light paper, with its legend and what its numbers rest on. */
import { comparedPairs, leadingMeasure } from "../../src/core/report/pairs.ts";
import type { Report } from "../../src/core/report/report.ts";
import { heatmapSvg } from "../../src/core/report/svg.ts";
import type { ReportPlace } from "../report/place.ts";

const pixelRatio = 2;

/** The SVG of the place's pair and measure; empty where there is no matrix. */
export function svgPicture(report: Report, { pair: index, measure = "" }: ReportPlace): string {
  const pairs = comparedPairs(report);
  const pair = pairs[index] ?? pairs[0];
  if (pair === undefined) return "";
  const id = pair.measures.has(measure) ? measure : leadingMeasure(pair)?.[0];
  return id === undefined ? "" : heatmapSvg(report, pair, id);
}

/** The same picture as the data URL of a PNG, two pixels for each of its units. */
export async function pngPicture(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * pixelRatio;
  canvas.height = image.naturalHeight * pixelRatio;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}
