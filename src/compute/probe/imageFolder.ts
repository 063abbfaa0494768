import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../core/failure.ts";
import type { ImageHeader } from "../../core/probe/imageHeader.ts";
import { damaged, readImageHeader } from "../../core/probe/imageHeader.ts";
import { codeUnitOrder, naturalOrder } from "../../core/probe/naturalOrder.ts";
import type { Image } from "../../core/probe/resize.ts";
import { resizeToCover } from "../../core/probe/resize.ts";
import type { Warning } from "../../core/report/report.ts";
import { fileSource } from "../files.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";
import type { SampleSource } from "./sampleSource.ts";

const readable = /\.(png|jpe?g)$/i;
const otherImages = /\.(webp|gif|bmp|tiff?|avif|heic|ppm|pgm)$/i;

/** Decoded images are kept up to so many bytes, so that the digest and the first run decode each file once. */
const cacheSize = 256 * 2 ** 20;
const maxFileSize = 2 ** 28;

/**
 * A folder of PNG and JPEG files, in natural order of their names. Class subfolders become labels, numbered by plain
 * order of their names as torchvision's `ImageFolder` and Keras number them. All samples get one size: `size` where
 * it is given (scaled to cover it, cropped at the centre: see {@link resizeToCover}), else the size they share; and one
 * number of channels: grey unless some image has colour.
 * @param limit how many images are looked at, the first ones
 * @throws Failure `probe/no-images`, `probe/image-sizes`, `image/*`
 */
export function imageFolder(folder: string, limit: number, size?: readonly [number, number]): SampleSource {
  const { files, labels, classNames, warnings } = listImages(folder);
  const headers = files.slice(0, limit).map((file) => withFile(file, readImageHeader));
  const [height, width] = size ?? commonSize(files, headers);
  const channels = headers.some((header) => header.channels === 3) ? 3 : 1;
  const resized = headers.filter((header) => header.height !== height || header.width !== width).length;
  const cache = new Map<number, Uint8Array>();
  const bytesPerSample = channels * height * width;

  const sample = (index: number): Uint8Array => {
    const known = cache.get(index);
    const [file, header] = [files[index], headers[index]];
    if (known !== undefined) return known;
    if (file === undefined || header === undefined) throw new RangeError(`sample ${index} of ${headers.length}`);
    const { data, ...image } = resizeToCover(decode(file, header), height, width);
    const planes = channelPlanes(data, image.channels, channels);
    if ((cache.size + 1) * bytesPerSample <= cacheSize) cache.set(index, planes);
    return planes;
  };

  return {
    kind: "image",
    samples: files.length,
    shape: [channels, height, width],
    scale: 1 / 255,
    ...(labels && { labels }),
    ...(classNames && { classNames }),
    warnings: [...warnings, ...headerWarnings(folder, headers.length, files.length, resized, [height, width], labels)],
    recipe: "uint8 decoded",
    bytes: (start, count) => Buffer.concat(Array.from({ length: count }, (_, i) => sample(start + i))),
    read(start, count) {
      const values = new Float32Array(count * bytesPerSample);
      for (let i = 0; i < count; i++) values.set(sample(start + i), i * bytesPerSample);
      return values;
    },
    close: () => cache.clear(),
  };
}

interface Listing {
  readonly files: readonly string[];
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly warnings: readonly Warning[];
}

function listImages(folder: string): Listing {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith("."));
  const names = entries.map((entry) => entry.name);
  const flat = names.filter((name) => readable.test(name)).sort(naturalOrder);
  if (flat.length > 0) return { files: flat.map((name) => join(folder, name)), warnings: skipped(folder, names) };
  const classes = names
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
    .sort(codeUnitOrder);
  const files: string[] = [];
  const labels: number[] = [];
  const all: string[] = [...names];
  for (const [label, name] of classes.entries()) {
    const members = readdirSync(join(folder, name)).filter((member) => !member.startsWith("."));
    all.push(...members);
    for (const member of members.filter((file) => readable.test(file)).sort(naturalOrder)) {
      files.push(join(folder, name, member));
      labels.push(label);
    }
  }
  if (files.length === 0) {
    throw new Failure("probe/no-images", "The folder and its subfolders hold no PNG or JPEG files.", { file: folder });
  }
  return { files, labels: Int32Array.from(labels), classNames: classes, warnings: skipped(folder, all) };
}

function skipped(folder: string, names: readonly string[]): Warning[] {
  const others = names.filter((name) => otherImages.test(name));
  if (others.length === 0) return [];
  const message = `${others.length} images are not PNG or JPEG and were left out, such as ${others[0]}.`;
  return [{ code: "probe/skipped-files", message, where: folder }];
}

/** What the looked-at files say about the whole: sizes that were changed, classes that were not reached. */
function headerWarnings(
  folder: string,
  seen: number,
  total: number,
  resized: number,
  [height, width]: readonly [number, number],
  labels: Int32Array | undefined,
): Warning[] {
  const warnings: Warning[] = [];
  if (resized > 0) {
    const message = `${resized} of ${seen} images were scaled to cover ${height} × ${width} and cropped at the centre.`;
    warnings.push({ code: "probe/resized", message, where: folder });
  }
  if (labels !== undefined && seen < total) {
    const [reached, all] = [new Set(labels.subarray(0, seen)).size, new Set(labels).size];
    if (reached < all) {
      const message = `The first ${seen} images are of ${reached} of ${all} classes: files are taken class by class.`;
      warnings.push({ code: "probe/few-classes", message, where: folder });
    }
  }
  return warnings;
}

function commonSize(files: readonly string[], headers: readonly ImageHeader[]): readonly [number, number] {
  const [first] = headers;
  if (first === undefined) throw new RangeError("no image was looked at");
  const other = headers.findIndex(({ height, width }) => height !== first.height || width !== first.width);
  if (other === -1) return [first.height, first.width];
  const { height, width } = headers[other] ?? first;
  throw new Failure(
    "probe/image-sizes",
    `The images differ in size (${first.height} × ${first.width}, ${height} × ${width}), and the model does not say which it takes.`,
    { file: files[other], hint: "Resize the images to one size." },
  );
}

function decode(file: string, header: ImageHeader): Image {
  return withFile(file, (source) => {
    if (source.size > maxFileSize) throw damaged(source, `its file takes ${source.size} bytes`);
    const bytes = source.read(0, source.size);
    try {
      const image =
        header.format === "jpeg"
          ? decodeJpeg(bytes, header.channels)
          : decodePng(bytes, header.width * header.height, header.channels);
      if (image.width === header.width && image.height === header.height) return image;
    } catch (error) {
      throw damaged(source, error instanceof Error ? error.message : String(error));
    }
    throw new Failure("file/changed", "The image changed while the probe was read.", { file, hint: "Try again." });
  });
}

/** H × W × C bytes as planes, a grey image as often as channels are wanted. */
function channelPlanes(data: Uint8Array, stored: number, wanted: number): Uint8Array {
  if (stored === 1 && wanted === 1) return data;
  const area = data.length / stored;
  const planes = new Uint8Array(wanted * area);
  for (let channel = 0; channel < wanted; channel++) {
    const from = stored === 1 ? 0 : channel;
    for (let pixel = 0; pixel < area; pixel++) planes[channel * area + pixel] = data[pixel * stored + from] ?? 0;
  }
  return planes;
}

function withFile<T>(path: string, work: (source: ReturnType<typeof fileSource>) => T): T {
  const source = fileSource(path);
  try {
    return work(source);
  } finally {
    source.close();
  }
}
