import { int, ints, text } from "../../attributes.ts";
import { toFloat32 } from "../../numbers.ts";
import type { Tensor } from "../../tensor.ts";
import { computed } from "../../tensorViews.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { Window } from "../window.ts";

/** Places of a window below which a transposed convolution costs more than the four convolutions that make it up. */
const fewPlaces = 16;

/**
 * The input gradient of a convolution over an image at stride 2 as four convolutions at stride 1, one for the even and odd
 * rows and columns each, whose results are interleaved: on maps of a few elements three times as fast as the transposed
 * convolution. `undefined` for any other window.
 *
 * @param factors what each filter is multiplied with.
 */
export function byPhases(
  graph: BackwardGraph,
  gradient: string,
  filters: Tensor,
  key: string,
  window: Window,
  factors: Tensor | undefined,
): string | undefined {
  const { kernel, strides, dilations, before, space, places } = window;
  const isHalved = strides.every((stride, axis) => stride === 2 && 2 * places[axis]! === space[axis]);
  const isPlain = dilations.every((dilation) => dilation === 1);
  if (graph.profile !== "cpu" || kernel.length !== 2 || !isHalved || !isPlain) return undefined;
  if (places[0]! * places[1]! >= fewPlaces) return undefined;
  const phases = kernel.map((size, axis) => [0, 1].map((offset) => phaseOf(size, before[axis]!, offset)));
  if (phases.flat().some(({ taps, shift }) => taps.length <= shift)) return undefined;
  const [rows, columns] = phases as [Phase[], Phase[]];
  const parts = rows.flatMap((row, r) =>
    columns.map((column, c) => {
      const weights = graph.share(`phase ${r} ${c} of ${key}`, () => phaseFilters(filters, row, column, factors));
      const own = [row, column];
      return graph.add("Conv", [gradient, weights], {
        kernel_shape: ints(own.map(({ taps }) => taps.length)),
        pads: ints([...own.map(({ taps, shift }) => taps.length - 1 - shift), ...own.map(({ shift }) => shift)]),
      });
    }),
  );
  const together = graph.add("Concat", parts, { axis: int(1) });
  return graph.add("DepthToSpace", [together], { blocksize: int(2), mode: text("DCR") });
}

/** What the even (0) or odd (1) elements of an axis get: taps of the kernel, last first, and the place of the last. */
interface Phase {
  readonly taps: readonly number[];
  /** Places by which the first tap of the kernel lies ahead of the element. */
  readonly shift: number;
}

function phaseOf(kernel: number, before: number, offset: number): Phase {
  const first = (offset + before) % 2;
  const taps: number[] = [];
  for (let tap = first; tap < kernel; tap += 2) taps.unshift(tap);
  return { taps, shift: (offset + before - first) / 2 };
}

/** Some taps of filters M × C × height × width, as filters C × M × rows × columns. */
function phaseFilters(
  tensor: Tensor,
  { taps: rows }: Phase,
  { taps: columns }: Phase,
  factors: Tensor | undefined,
): Tensor {
  const [count = 1, channels = 1, height = 1, width = 1] = tensor.shape;
  return computed([channels, count, rows.length, columns.length], () => {
    const from = toFloat32(tensor);
    const scale = factors && toFloat32(factors);
    const to = new Float32Array(channels * count * rows.length * columns.length);
    let at = 0;
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < count; filter++) {
        const start = (filter * channels + channel) * height * width;
        const factor = scale?.[filter] ?? 1;
        for (const row of rows) for (const column of columns) to[at++] = from[start + row * width + column]! * factor;
      }
    }
    return to;
  });
}
