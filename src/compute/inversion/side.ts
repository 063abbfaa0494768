import type { Tap } from "../../core/graph/tap.ts";
import type { OpenModel } from "../models/openModel.ts";
import type { Asked } from "./asked.ts";
import type { Inversion } from "./inverting.ts";
import type { Represented } from "./represent.ts";
import type { Workplace } from "./workplace.ts";

/** One model at one layer, on its way. */
export interface Side {
  readonly model: OpenModel;
  readonly name: string;
  readonly tap: Tap;
  /** Made of the targets. */
  readonly targets: Represented;
  /** Named for the seeds of the first repeat; `undefined` where the network names none. */
  readonly seedClasses: Int32Array | undefined;
  /** Repeats × pairs; as far as they are known. */
  inversions: readonly Inversion[];
}

/** The models at one layer, with what they make of targets and seeds. */
export async function sidesAt(layer: readonly Tap[], asked: Asked, place: Workplace): Promise<readonly Side[]> {
  const seeds = asked.targets.map((_, pair) => asked.seed(pair).map(shown));
  const sides: Side[] = [];
  for (const [i, tap] of layer.entries()) {
    const model = asked.models[i]!;
    const [targets, begun] = await place.represent(model, tap, [asked.targets, seeds]);
    sides.push({ model, name: asked.names[i]!, tap, targets: targets!, seedClasses: begun!.classes, inversions: [] });
  }
  return sides;
}

/** Descent begins where pixels beyond [0, 1] are cut off. */
function shown(pixel: number): number {
  return Math.min(1, Math.max(0, pixel));
}
