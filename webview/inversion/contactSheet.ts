/** All pictures on one sheet, on light paper, with the verdict and what each model says of them. */
import type { Report } from "../../src/core/report/report.ts";
import { loaded } from "./gallery/film.ts";
import { arranged, galleryPairs } from "./gallery/order.ts";
import { addressOf, type GalleryPicture, picturesOf, residualText } from "./gallery/pictures.ts";
import { scaleOf } from "./pictureScale.ts";
import type { InversionPlace } from "./place.ts";
import { type SideName, sidesOf } from "./sides.ts";
import { inversionVerdict } from "./verdict.ts";

const ink = "#1f2024";
const dim = "#66686f";
const caution = "#a86500";
const paper = "#ffffff";
const font = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
const margin = 28;
const gap = 10;
const line = 15;
/** Sides of a picture are at least so long where it is small, and at most where it is large. */
const side = 96;
/** A canvas may be no larger than this. */
const mostHeight = 16_000;

/** @returns the data URL of a PNG, with the pairs that the gallery shows, in its order. */
export async function contactSheet(report: Report, base: string, place: InversionPlace): Promise<string> {
  const { inversion } = report;
  if (inversion === undefined) return "";
  const sides = sidesOf(report);
  const pairs = arranged(galleryPairs(inversion), place.sort, place.onlyDisagreements);
  const [, height = 32, width = 32] = report.probe?.shape ?? [];
  const { scale } = scaleOf(Math.max(width, height), side);
  const shown = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const cells = 2 + sides.length;
  const strip = { width: cells * (shown.width + gap) + 14, height: shown.height + (2 + sides.length) * line + 16 };
  const columns = columnsFor(pairs.length, strip);
  const rows = Math.ceil(pairs.length / columns);
  const head = 64;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(720, columns * strip.width) + 2 * margin;
  canvas.height = Math.min(mostHeight, head + rows * strip.height + 2 * margin);
  const context = canvas.getContext("2d")!;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  heading(context, report, sides, canvas.width);
  for (const [position, { index }] of pairs.entries()) {
    const [column, row] = [position % columns, Math.floor(position / columns)];
    const origin = { x: margin + column * strip.width, y: margin + head + row * strip.height };
    const pictures = picturesOf(inversion, sides, index);
    const images = await Promise.all(pictures.map(({ file }) => loaded(addressOf(base, file, report.created))));
    for (const [k, picture] of pictures.entries()) {
      const x = origin.x + k * (shown.width + gap);
      context.imageSmoothingEnabled = scale < 1;
      context.drawImage(images[k]!, x, origin.y, shown.width, shown.height);
      caption(context, picture, { x, top: origin.y + shown.height + 4, width: shown.width + gap - 2 });
    }
  }
  return canvas.toDataURL("image/png");
}

/** As many strips beside each other as make the sheet about as wide as high, and no higher than a canvas can be. */
function columnsFor(count: number, strip: { readonly width: number; readonly height: number }): number {
  const even = Math.max(1, Math.round(Math.sqrt((count * strip.height) / strip.width)));
  return Math.max(even, Math.ceil((count * strip.height) / (mostHeight - 200)));
}

function heading(context: CanvasRenderingContext2D, report: Report, sides: readonly SideName[], width: number): void {
  context.textBaseline = "top";
  context.fillStyle = ink;
  context.font = font.replace("12px", "600 13px");
  const title = sides.map(({ mark, name }) => `${mark} ${name}`).join("  ×  ");
  context.fillText(title, margin, margin, width - 2 * margin);
  context.font = font.replace("12px", "16px");
  context.fillText(inversionVerdict(report).join(" "), margin, margin + 22, width - 2 * margin);
}

function caption(
  context: CanvasRenderingContext2D,
  picture: GalleryPicture,
  { x, top, width }: { readonly x: number; readonly top: number; readonly width: number },
): void {
  const { title, namings, residual } = picture;
  context.font = font;
  context.fillStyle = ink;
  context.fillText(title, x, top, width);
  for (const [k, { mark, named, isOther }] of namings.entries()) {
    context.fillStyle = isOther ? caution : dim;
    context.fillText(`${mark} ${isOther ? "≠ " : ""}${named}`, x, top + (k + 1) * line, width);
  }
  context.fillStyle = dim;
  if (residual !== undefined)
    context.fillText(`residual ${residualText(residual)}`, x, top + (namings.length + 1) * line);
}
