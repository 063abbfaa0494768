/** An image of 8 bits per channel, channels interleaved: `height × width × channels` bytes. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Bits after the point of a filter weight, so that 255 times the weights' sum fits 32 bits with its sign. */
const precision = 22;

/**
 * Brings an image to `height × width` as torchvision does with `Resize` and `CenterCrop` on Pillow images: scaled so
 * that it just covers the target (the shorter side fits where the target is square), bilinear with antialias, then
 * cropped at the centre. An image that has the size already is returned as it is.
 */
export function resizeToCover(image: Image, height: number, width: number): Image {
  if (image.height === height && image.width === width) return image;
  // The side that needs the larger factor fits exactly; the other is cut off to whole pixels, as torchvision does.
  const byHeight = height * image.width >= width * image.height;
  const scaled = byHeight
    ? resize(image, height, Math.max(width, Math.floor((height * image.width) / image.height)))
    : resize(image, Math.max(height, Math.floor((width * image.height) / image.width)), width);
  return crop(
    scaled,
    roundHalfEven((scaled.height - height) / 2),
    roundHalfEven((scaled.width - width) / 2),
    height,
    width,
  );
}

/**
 * Bilinear resampling with a support that grows with the reduction (antialias), rows first, columns second, 8 bits in
 * between and weights in fixed point: the arithmetic of Pillow's `Image.resize(…, BILINEAR)`, to the bit.
 */
export function resize(image: Image, height: number, width: number): Image {
  const across = image.width === width ? image : resampleRows(image, width);
  return across.height === height ? across : resampleColumns(across, height);
}

interface Filter {
  /** First source pixel of each target pixel. */
  readonly starts: Int32Array;
  /** Weights of each target pixel, in units of 2^-22. */
  readonly weights: readonly Int32Array[];
}

/** The triangle filter from `from` to `to` pixels. */
function triangle(from: number, to: number): Filter {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const starts = new Int32Array(to);
  const weights: Int32Array[] = [];
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(from, Math.floor(centre + support + 0.5));
    const raw: number[] = [];
    for (let i = start; i < end; i++) raw.push(Math.max(0, 1 - Math.abs((i - centre + 0.5) * (1 / support))));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    starts[target] = start;
    weights.push(Int32Array.from(raw, (weight) => Math.floor(0.5 + (weight / sum) * 2 ** precision)));
  }
  return { starts, weights };
}

function resampleRows(image: Image, width: number): Image {
  const { height, channels, data } = image;
  const { starts, weights } = triangle(image.width, width);
  const out = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * image.width + (starts[x] ?? 0)) * channels;
      weighted(data, from, channels, weights[x], out, (y * width + x) * channels, channels);
    }
  }
  return { width, height, channels, data: out };
}

function resampleColumns(image: Image, height: number): Image {
  const row = image.width * image.channels;
  const { starts, weights } = triangle(image.height, height);
  const out = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    weighted(image.data, (starts[y] ?? 0) * row, row, weights[y], out, y * row, row);
  }
  return { width: image.width, height, channels: image.channels, data: out };
}

/** `out[at + j] = Σ_k weights[k] · data[from + k · stride + j]` for `count` values of j, rounded to 8 bits. */
function weighted(
  data: Uint8Array,
  from: number,
  stride: number,
  weights: Int32Array = new Int32Array(),
  out: Uint8Array,
  at: number,
  count: number,
): void {
  for (let j = 0; j < count; j++) {
    let sum = 1 << (precision - 1);
    for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (data[from + k * stride + j] ?? 0);
    out[at + j] = Math.min(255, sum >> precision);
  }
}

function crop(image: Image, top: number, left: number, height: number, width: number): Image {
  const { channels } = image;
  const data = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

/** Python's `round`, which torchvision places the crop by. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
