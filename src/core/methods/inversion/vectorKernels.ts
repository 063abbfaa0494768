/**
 * Inner products and sums of long vectors, four numbers at a time: JavaScript engines take them one by one, and a search
 * image by image would spend more time on them than on a small network.
 */
export interface VectorKernels {
  /** All the vectors that can be named, by the byte at which they begin. */
  readonly memory: ArrayBuffer;
  /** a · b of vectors of `bytes`, a multiple of {@link vectorBytes}. */
  dot(a: number, b: number, bytes: number): number;
  /** to ← to + share · from. */
  addScaled(to: number, from: number, bytes: number, share: number): void;
}

/** Vectors are filled up with zeros to a multiple of so many bytes. */
export const vectorBytes = 32;

/** What is used of the engine's own WebAssembly, which the language's library does not declare. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (
    module: object,
    imports: object,
  ) => {
    readonly exports: {
      readonly d: (a: number, b: number, bytes: number) => number;
      readonly a: (to: number, from: number, bytes: number, share: number) => void;
    };
  };
};

const pageBytes = 65536;

/** Both functions go over 32 bytes a turn: two loads of four floats from each vector, multiplied and added. */
const code = [
  // Header; types (a, b, bytes) → f32 and (to, from, bytes, share) → (); memory "m" of "m"; functions; exports "d", "a".
  [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 15, 2, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7d, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7d, 0],
  [2, 8, 1, 1, 0x6d, 1, 0x6d, 2, 0, 1],
  [3, 3, 2, 0, 1],
  [7, 9, 2, 1, 0x64, 0, 0, 1, 0x61, 0, 1],
  [10, 0xd1, 1, 2],
  // dot: locals sums (v128, v128), end (i32) = a + bytes.
  [111, 2, 2, 0x7b, 1, 0x7f, 0x20, 0, 0x20, 2, 0x6a, 0x21, 5, 0x03, 0x40],
  // sum₀ ← sum₀ + a[0 … 15] · b[0 … 15]; sum₁ likewise from byte 16.
  [0x20, 3, 0x20, 0, 0xfd, 0, 4, 0, 0x20, 1, 0xfd, 0, 4, 0, 0xfd, 0xe6, 1, 0xfd, 0xe4, 1, 0x21, 3],
  [0x20, 4, 0x20, 0, 0xfd, 0, 4, 16, 0x20, 1, 0xfd, 0, 4, 16, 0xfd, 0xe6, 1, 0xfd, 0xe4, 1, 0x21, 4],
  // a ← a + 32; b ← b + 32; again while a < end.
  [0x20, 0, 0x41, 32, 0x6a, 0x21, 0, 0x20, 1, 0x41, 32, 0x6a, 0x21, 1, 0x20, 0, 0x20, 5, 0x49, 0x0d, 0, 0x0b],
  // The four lanes of sum₀ + sum₁, added.
  [0x20, 3, 0x20, 4, 0xfd, 0xe4, 1, 0x22, 3, 0xfd, 0x1f, 0, 0x20, 3, 0xfd, 0x1f, 1, 0x92],
  [0x20, 3, 0xfd, 0x1f, 2, 0x92, 0x20, 3, 0xfd, 0x1f, 3, 0x92, 0x0b],
  // addScaled: locals shares (v128), end (i32) = to + bytes.
  [95, 2, 1, 0x7b, 1, 0x7f, 0x20, 3, 0xfd, 0x13, 0x21, 4, 0x20, 0, 0x20, 2, 0x6a, 0x21, 5, 0x03, 0x40],
  // to[0 … 15] ← to[0 … 15] + from[0 … 15] · shares; likewise from byte 16.
  [0x20, 0, 0x20, 0, 0xfd, 0, 4, 0, 0x20, 1, 0xfd, 0, 4, 0, 0x20, 4, 0xfd, 0xe6, 1, 0xfd, 0xe4, 1, 0xfd, 0x0b, 4, 0],
  [0x20, 0, 0x20, 0, 0xfd, 0, 4, 16, 0x20, 1, 0xfd, 0, 4, 16, 0x20, 4, 0xfd, 0xe6, 1, 0xfd, 0xe4, 1, 0xfd, 0x0b, 4, 16],
  // to ← to + 32; from ← from + 32; again while to < end.
  [0x20, 0, 0x41, 32, 0x6a, 0x21, 0, 0x20, 1, 0x41, 32, 0x6a, 0x21, 1, 0x20, 0, 0x20, 5, 0x49, 0x0d, 0, 0x0b, 0x0b],
];

let compiled: object | undefined;

/** Memory of at least so many bytes, all zero, with what works on it. */
export function vectorKernels(bytes: number): VectorKernels {
  compiled ??= new WebAssembly.Module(Uint8Array.from(code.flat()));
  const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / pageBytes)) });
  const { d, a } = new WebAssembly.Instance(compiled, { m: { m: memory } }).exports;
  return { memory: memory.buffer, dot: d, addScaled: a };
}
