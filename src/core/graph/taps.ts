import { sampleValue } from "../tokens/tokenProgram.ts";
import type { Program } from "./graph.ts";
import type { Shape } from "./shapes/value.ts";
import type { Tap, TapRole } from "./tap.ts";
import { blockEnds } from "./taps/blocks.ts";
import { candidatesOf } from "./taps/candidates.ts";
import { foldedInto } from "./taps/folded.ts";
import { namesOf } from "./taps/names.ts";
import { ownOutputs } from "./taps/ownOutputs.ts";
import { pathsAround, placesOf } from "./taps/places.ts";
import { Roles } from "./taps/roles.ts";
import { dependentValues, Wiring } from "./taps/wiring.ts";

/**
 * The taps of a network in topological order, its first output last: every floating-point value that depends on the
 * samples and has an axis for them, except those that repeat another ({@link candidatesOf}). Names follow {@link namesOf}
 * and are unique.
 *
 * @param sampleInput name of the input that the samples go into.
 * @param sampleShape sizes of one sample, without the samples' axis, which is the input's first.
 * @param batch the only batch size that the program takes, or `free`.
 * @throws Failure `onnx/shape-mismatch` where the network does not take samples of that shape.
 */
export function listTaps(
  program: Program,
  sampleInput: string,
  sampleShape: Shape,
  batch: "free" | number = "free",
): readonly Tap[] {
  const { graph } = program;
  const wiring = new Wiring(graph);
  const dependent = dependentValues(graph, sampleValue(sampleInput));
  const candidates = candidatesOf(program, wiring, sampleInput, sampleShape, batch);
  const byValue = new Map(candidates.map((candidate) => [candidate.value, candidate]));
  const places = placesOf(wiring);
  const own = ownOutputs(wiring, places, byValue, dependent);
  const placeOf = (value: string) => places.get(byValue.get(value)!.node);
  const ended = new Set([...own].map((value) => placeOf(value)?.call));
  const names = namesOf(graph.nodes, candidates, places, own);
  const modules = new Set([...places.values()].flatMap(({ path }) => [...pathsAround(path), path]));
  const outer = new Set([...modules].flatMap(pathsAround));
  const roles = new Roles(wiring, dependent);
  const blocks = blockEnds(wiring, places, byValue, roles);

  const taps = candidates.map(({ value, node, shape, sampleAxis }, index): Tap => {
    const place = places.get(node);
    const isInner = place !== undefined && !outer.has(place.path) && ended.has(place.call) && !own.has(value);
    const found: (TapRole | undefined | false)[] = [
      blocks.has(value) && "block",
      roles.isActivation(value) && "activation",
      roles.layerOf(node),
      ((isInner && !roles.isLayer(node)) || roles.isStep(value)) && "step",
    ];
    return {
      name: names[index]!,
      value,
      op: node.op,
      shape,
      width: shape.reduce<number>((width, size) => (size === "n" ? width : width * size), 1),
      sampleAxis,
      folded: foldedInto(node, place, wiring, modules),
      roles: found.filter((role) => role !== undefined && role !== false),
    };
  });
  const output = taps.findIndex(({ value }) => value === graph.outputs[0]?.name);
  return output < 0 ? taps : [...taps.toSpliced(output, 1), taps[output]!];
}
