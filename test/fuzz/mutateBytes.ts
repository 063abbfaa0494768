import type { Random } from "./random.ts";

/** Damage to a file of which nothing is known but its bytes. */
type Mutation = (bytes: Uint8Array, random: Random, tokens: readonly Uint8Array[]) => Uint8Array;

/** Longest that a file may become, so that a campaign's time goes into readers. */
const maximumBytes = 1 << 18;

/** Numbers at which sizes, counts and offsets go wrong. */
const edges: readonly bigint[] = [
  0n,
  1n,
  -1n,
  0x7fn,
  0x80n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  2n ** 32n,
  2n ** 40n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

const flipBits: Mutation = (bytes, random) => {
  const out = bytes.slice();
  for (let flips = 1 + random.below(4); flips > 0; flips--) {
    const at = random.below(out.length);
    out[at] = out[at]! ^ (1 << random.below(8));
  }
  return out;
};

const setBytes: Mutation = (bytes, random) => {
  const out = bytes.slice();
  for (let count = 1 + random.below(3); count > 0; count--) {
    out[random.below(out.length)] = random.chance(0.5) ? random.below(256) : random.pick([0, 0x7f, 0x80, 0xff]);
  }
  return out;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const removeRange: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  return joined(bytes.subarray(0, start), bytes.subarray(end));
};

const repeatRange: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  const times = random.chance(0.2) ? 1 + random.below(20_000) : 1 + random.below(3);
  const room = Math.max(1, Math.floor((maximumBytes - bytes.length) / (end - start)));
  const copies = Array.from({ length: Math.min(times, room) }, () => bytes.subarray(start, end));
  return joined(bytes.subarray(0, end), ...copies, bytes.subarray(end));
};

const moveRange: Mutation = (bytes, random) => {
  const [start, end] = range(bytes, random);
  const rest = joined(bytes.subarray(0, start), bytes.subarray(end));
  const at = random.below(rest.length + 1);
  return joined(rest.subarray(0, at), bytes.subarray(start, end), rest.subarray(at));
};

/** Writes an edge, or the file's own size, over 1 to 8 bytes, in either byte order. */
const writeEdge: Mutation = (bytes, random) => {
  const value = random.chance(0.3) ? BigInt(bytes.length + random.below(5) - 2) : random.pick(edges);
  return withInteger(bytes, random.below(bytes.length), random.pick([1, 2, 4, 8]), value, random.chance(0.7));
};

/** Finds what may be a length, for it is no larger than the file, and makes it wrong by little or by much. */
const changeLength: Mutation = (bytes, random) => {
  for (let attempt = 0; attempt < 40; attempt++) {
    const [at, width, little] = [random.below(bytes.length), random.pick([2, 4, 8]), random.chance(0.7)];
    const value = integerAt(bytes, at, width, little);
    if (value === undefined || value === 0n || value > BigInt(bytes.length)) continue;
    const wrong = random.pick([value + 1n, value - 1n, value * 2n, value << 8n, value << 24n, -value, value / 2n]);
    return withInteger(bytes, at, width, wrong, little);
  }
  return setBytes(bytes, random, []);
};

/** Changes a number that stands there in digits. */
const changeDigits: Mutation = (bytes, random) => {
  const isDigit = (at: number) => bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
  for (let attempt = 0; attempt < 40; attempt++) {
    const start = random.below(bytes.length);
    if (!isDigit(start)) continue;
    let end = start;
    while (end < bytes.length && isDigit(end)) end++;
    const text = random.pick([
      "0",
      "-1",
      "1",
      "4294967296",
      "9007199254740993",
      "1e999",
      "99999999999999999999",
      "0.5",
      "",
    ]);
    return joined(bytes.subarray(0, start), ascii(text), bytes.subarray(end));
  }
  return flipBits(bytes, random, []);
};

/** Puts a word of the format over or between what is there. */
const placeToken: Mutation = (bytes, random, tokens) => {
  if (tokens.length === 0) return setBytes(bytes, random, tokens);
  const token = random.pick(tokens);
  const at = random.below(bytes.length + 1);
  return joined(bytes.subarray(0, at), token, bytes.subarray(at + (random.chance(0.5) ? token.length : 0)));
};

/** Puts a word of the format there very often: what is nested by it is nested deep. */
const nestTokens: Mutation = (bytes, random, tokens) => {
  if (tokens.length === 0) return bytes;
  const token = random.pick(tokens);
  const at = random.below(bytes.length + 1);
  const times = 1 + random.below(Math.floor(maximumBytes / 4 / Math.max(1, token.length)));
  const nested = new Uint8Array(times * token.length);
  for (let i = 0; i < times; i++) nested.set(token, i * token.length);
  return joined(bytes.subarray(0, at), nested, bytes.subarray(at));
};

const mutations: readonly Mutation[] = [
  flipBits,
  setBytes,
  truncate,
  removeRange,
  repeatRange,
  moveRange,
  writeEdge,
  writeEdge,
  changeLength,
  changeLength,
  changeDigits,
  placeToken,
  placeToken,
  nestTokens,
];

/**
 * Damages bytes in one to three ways.
 * @param tokens words of the format: opcodes, names, brackets
 */
export function mutateBytes(bytes: Uint8Array, random: Random, tokens: readonly Uint8Array[]): Uint8Array {
  let out = bytes;
  for (let ways = 1 + (random.chance(0.3) ? random.below(3) : 0); ways > 0 && out.length > 0; ways--) {
    out = random.pick(mutations)(out, random, tokens);
  }
  return out.subarray(0, maximumBytes);
}

/** The bytes of a text of ASCII (or Latin-1) characters. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A range of at least one byte, mostly a short one. */
function range(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length);
  const longest = random.chance(0.7) ? 16 : bytes.length;
  return [start, Math.min(bytes.length, start + 1 + random.below(longest))];
}

function integerAt(bytes: Uint8Array, at: number, width: number, little: boolean): bigint | undefined {
  if (at + width > bytes.length) return undefined;
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const shift = BigInt(8 * (little ? i : width - 1 - i));
    value |= BigInt(bytes[at + i]!) << shift;
  }
  return value;
}

function withInteger(bytes: Uint8Array, at: number, width: number, value: bigint, little: boolean): Uint8Array {
  const out = bytes.slice();
  for (let i = 0; i < width && at + i < out.length; i++) {
    const shift = BigInt(8 * (little ? i : width - 1 - i));
    out[at + i] = Number((value >> shift) & 0xffn);
  }
  return out;
}
