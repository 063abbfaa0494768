/** Which two frames a moment lies between, and how near it is to the second. */
export function framesAt(position: number, frames: number): readonly [first: number, second: number, mix: number] {
  const at = Math.min(1, Math.max(0, position)) * (frames - 1);
  const first = Math.floor(at);
  return [first, Math.min(first + 1, frames - 1), at - first];
}
