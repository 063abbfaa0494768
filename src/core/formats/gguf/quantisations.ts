import { float16 } from "../../graph/narrowFloats.ts";

/**
 * How a block of GGML's quantised types is read (ggml-common.h has their layouts). All are affine in groups: an element
 * is `scale(group) × level(element) − minimum(group)`, with levels that are small whole numbers.
 */
export interface Quantisation {
  /** Elements that share a scale. */
  readonly groupElements: number;
  /** @param block the bytes of one block */
  scale(block: DataView, group: number): number;
  /** Absent where it is 0. */
  minimum?(block: DataView, group: number): number;
  level(block: DataView, element: number): number;
}

/** By GGML's names. */
export const quantisations: ReadonlyMap<string, Quantisation> = new Map<string, Quantisation>([
  ["Q4_0", { groupElements: 32, scale: halfAt(0), level: (block, i) => splitNibble(block, 2, i) - 8 }],
  [
    "Q4_1",
    { groupElements: 32, scale: halfAt(0), minimum: negatedHalfAt(2), level: (block, i) => splitNibble(block, 4, i) },
  ],
  [
    "Q5_0",
    {
      groupElements: 32,
      scale: halfAt(0),
      level: (block, i) => (splitNibble(block, 6, i) | (bit(block, 2, i) << 4)) - 16,
    },
  ],
  [
    "Q5_1",
    {
      groupElements: 32,
      scale: halfAt(0),
      minimum: negatedHalfAt(2),
      level: (block, i) => splitNibble(block, 8, i) | (bit(block, 4, i) << 4),
    },
  ],
  ["Q8_0", { groupElements: 32, scale: halfAt(0), level: (block, i) => block.getInt8(2 + i) }],
  [
    "Q2_K",
    {
      groupElements: 16,
      scale: (block, group) => half(block, 80) * (block.getUint8(group) & 15),
      minimum: (block, group) => half(block, 82) * (block.getUint8(group) >> 4),
      level: (block, i) => crumb(block, 16, i),
    },
  ],
  [
    "Q3_K",
    {
      groupElements: 16,
      scale: (block, group) => half(block, 108) * scaleOfQ3(block, group),
      // The mask says where 4 is not taken off.
      level: (block, i) => crumb(block, 32, i) - 4 * (1 - plane(block, 0, i)),
    },
  ],
  [
    "Q4_K",
    {
      groupElements: 32,
      scale: (block, group) => half(block, 0) * scaleOfK(block, group),
      minimum: (block, group) => half(block, 2) * minimumOfK(block, group),
      level: (block, i) => pairedNibble(block, 16, i, 32),
    },
  ],
  [
    "Q5_K",
    {
      groupElements: 32,
      scale: (block, group) => half(block, 0) * scaleOfK(block, group),
      minimum: (block, group) => half(block, 2) * minimumOfK(block, group),
      level: (block, i) => pairedNibble(block, 48, i, 32) | (plane(block, 16, i) << 4),
    },
  ],
  [
    "Q6_K",
    {
      groupElements: 16,
      scale: (block, group) => half(block, 208) * block.getInt8(192 + group),
      level: (block, i) => (pairedNibble(block, 0, i, 64) | (crumb(block, 128, i) << 4)) - 32,
    },
  ],
]);

function half(block: DataView, at: number): number {
  return float16(block.getUint16(at, true));
}

function halfAt(at: number): (block: DataView) => number {
  return (block) => half(block, at);
}

function negatedHalfAt(at: number): (block: DataView) => number {
  return (block) => -half(block, at);
}

/** 32 elements in 16 bytes: the first half in the low nibbles, the second in the high ones. */
function splitNibble(block: DataView, at: number, i: number): number {
  return pairedNibble(block, at, i, 16);
}

/** Runs of `run` bytes, each holding `run` elements in its low nibbles and the next `run` in its high ones. */
function pairedNibble(block: DataView, at: number, i: number, run: number): number {
  const pair = Math.floor(i / (2 * run));
  const within = i % (2 * run);
  const byte = block.getUint8(at + pair * run + (within % run));
  return within < run ? byte & 15 : byte >> 4;
}

/** Two bits: runs of 32 bytes hold 128 elements, 32 in the lowest two bits, 32 in the next two, and so on. */
function crumb(block: DataView, at: number, i: number): number {
  const byte = block.getUint8(at + Math.floor(i / 128) * 32 + (i % 32));
  return (byte >> (2 * (Math.floor(i / 32) % 4))) & 3;
}

/** One bit of 256: bit `i / 32` of byte `i mod 32`. */
function plane(block: DataView, at: number, i: number): number {
  return (block.getUint8(at + (i % 32)) >> Math.floor(i / 32)) & 1;
}

/** One bit of 32, in order. */
function bit(block: DataView, at: number, i: number): number {
  return (block.getUint8(at + (i >> 3)) >> (i & 7)) & 1;
}

/** Sixteen scales of 6 bits from byte 96: low nibbles in 8 bytes, the upper two bits in 4 more. */
function scaleOfQ3(block: DataView, group: number): number {
  const low = pairedNibble(block, 96, group, 8);
  const high = (block.getUint8(104 + (group % 4)) >> (2 * Math.floor(group / 4))) & 3;
  return (low | (high << 4)) - 32;
}

/** Eight scales of 6 bits from byte 4 (Q4_K and Q5_K): four plain; of the others the low nibbles come last. */
function scaleOfK(block: DataView, group: number): number {
  if (group < 4) return block.getUint8(4 + group) & 63;
  return (block.getUint8(8 + group) & 15) | ((block.getUint8(group) >> 6) << 4);
}

/** The eight minima that go with them, from byte 8. */
function minimumOfK(block: DataView, group: number): number {
  if (group < 4) return block.getUint8(8 + group) & 63;
  return (block.getUint8(8 + group) >> 4) | ((block.getUint8(4 + group) >> 6) << 4);
}
