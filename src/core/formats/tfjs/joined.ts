import { type ByteSource, bytesSource } from "../byteSource.ts";

/** Several sources behind one another as one. */
export function joined(sources: readonly ByteSource[]): ByteSource {
  const [first] = sources;
  if (!first) return bytesSource("weights", new Uint8Array());
  if (sources.length === 1) return first;
  const starts: number[] = [];
  let size = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
  }
  return {
    name: first.name,
    size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      for (const [i, source] of sources.entries()) {
        const start = starts[i]!;
        const from = Math.max(offset, start);
        const to = Math.min(offset + length, start + source.size);
        if (from < to) bytes.set(source.read(from - start, to - from), from - offset);
      }
      return bytes;
    },
  };
}
