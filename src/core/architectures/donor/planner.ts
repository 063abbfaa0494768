import type { Graph, Node } from "../../graph/graph.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import { foldedPartners } from "./foldedPartners.ts";
import { foldingEvidence, layerOf } from "./foldingEvidence.ts";
import { headsOf } from "./heads.ts";
import { isBuffer, type Modules, moduleOf, within } from "./modules.ts";
import { type NameShift, nameShift } from "./nameShift.ts";
import { isWeightType } from "./plainInitializers.ts";
import { asItIs, exchanged, fusedBias, fusedWeight, inShape, type Recipe } from "./recipes.ts";
import { recurrent } from "./recurrent.ts";
import { constantOf, isNoParameter, isVector, outputAxis, sameShape, takesInputsFirst } from "./slotForms.ts";
import { layerOperators, type Slot, slotsOf } from "./slots.ts";

/** Which tensor of a checkpoint goes where in a donor, and what does not fit. */
export interface Plan {
  /** What stands in each slot; slots without one keep the donor's constant. */
  readonly recipes: ReadonlyMap<Slot, Recipe>;
  /** Initializers that only inner graphs and functions read. */
  readonly inner: ReadonlyMap<string, Recipe>;
  /** Slots that must be filled and are not. */
  readonly missing: readonly Slot[];
  /** Sentences on tensors whose name fits and whose shape does not. */
  readonly illShaped: readonly string[];
}

/**
 * Finds the place of each tensor by name and by what the exporter notes on its nodes. Values are not looked at, except
 * to tell a trained parameter from a constant 0 or 1.
 *
 * @param epsilon that folded batch norms divide with.
 */
export function planByNames(graph: Graph, modules: Modules, epsilon: number): Plan {
  return new Planner(graph, modules, epsilon).plan();
}

class Planner {
  readonly #graph: Graph;
  readonly #modules: Modules;
  readonly #epsilon: number;
  readonly #slots: readonly Slot[];
  readonly #shift: NameShift;
  readonly #partners: ReadonlyMap<string, string>;
  readonly #heads: ReadonlySet<Node>;
  readonly #recipes = new Map<Slot, Recipe>();
  readonly #used = new Set<string>();
  readonly #missing: Slot[] = [];
  readonly #illShaped: string[] = [];

  constructor(graph: Graph, modules: Modules, epsilon: number) {
    this.#graph = graph;
    this.#modules = modules;
    this.#epsilon = epsilon;
    this.#slots = slotsOf(graph);
    this.#heads = headsOf(graph);
    const names = [...graph.initializers].filter(([, tensor]) => isWeightType(tensor)).map(([name]) => name);
    this.#shift = nameShift(names, new Set(modules.tensors.keys()));
    this.#partners = foldedPartners(modules, foldingEvidence(graph, this.#slots, modules, this.#shift));
  }

  plan(): Plan {
    const bound = new Set<Node>();
    for (const slot of this.#slots) {
      if (!layerOperators.has(slot.node.op) || slot.leaf !== "weight") continue;
      this.#bindLayer(slot);
      bound.add(slot.node);
    }
    for (const slot of this.#slots) {
      // A layer whose weight comes out of another node (a transposition) has only its bias here.
      if (bound.has(slot.node)) continue;
      if (slot.required) this.#settle(slot, this.#norm(slot));
      else {
        const named = this.#named(slot);
        if (named) this.#take(slot, named);
      }
    }
    // Only now is it known which tensors are left for scales and shifts that stand outside any layer.
    for (const slot of this.#slots) {
      if (slot.required || this.#recipes.has(slot)) continue;
      const dressed = this.#dressed(slot);
      if (dressed) this.#take(slot, dressed);
      else if (!slot.invented && !isBuffer(slot.name)) this.#missing.push(slot);
    }
    return {
      recipes: this.#recipes,
      inner: this.#inner(),
      missing: this.#missing,
      illShaped: [...new Set(this.#illShaped)],
    };
  }

  #bindLayer(slot: Slot): void {
    const { node } = slot;
    const bias = this.#slots.find((other) => other.node === node && other.index === 2);
    const layer = layerOf(slot, this.#modules, this.#shift) ?? this.#layerBefore(slot);
    const key = this.#weightKey(slot, layer);
    const tensor = key === undefined ? undefined : this.#modules.tensors.get(key);
    const weight = tensor && this.#oriented(slot, key!, tensor);
    const batchNorm = layer === undefined ? undefined : this.#partners.get(layer);
    if (!weight || batchNorm === undefined || !key?.endsWith("weight")) {
      this.#settle(slot, weight);
      if (bias) this.#settle(bias, this.#bias(bias, layer));
      return;
    }
    const features = this.#modules.batchNorms.get(batchNorm)!;
    // A layer without bias has no place for the shift of the batch norm that is missing behind it.
    const axis = bias && outputAxis(slot, weight);
    const outputs = axis?.kind === "second" ? (tensor!.shape[1] ?? 0) * axis.groups : tensor!.shape[0];
    if (!bias || !axis || outputs !== features) {
      this.#missing.push(slot, ...(bias ? [bias] : []));
      return;
    }
    const folded = { path: batchNorm, epsilon: this.#epsilon };
    const biasKey = within(layer!, "bias");
    this.#take(slot, fusedWeight(key, tensor!, folded, axis, weight.class === "transposed"));
    this.#take(bias, fusedBias(this.#modules.tensors.has(biasKey) ? biasKey : undefined, features, folded));
  }

  /** The layer in front of the batch norm that the exporter notes on the node in its place. */
  #layerBefore({ batchNorm, path }: Slot): string | undefined {
    const noted = this.#shift(batchNorm ?? path ?? "");
    return [...this.#partners].find(([, partner]) => partner === noted)?.[0];
  }

  #weightKey(slot: Slot, layer: string | undefined): string | undefined {
    const { tensors } = this.#modules;
    const name = this.#shift(slot.name);
    if (name !== undefined && tensors.has(name) && (layer === undefined || moduleOf(name) === layer)) return name;
    if (layer !== undefined && tensors.has(within(layer, "weight"))) return within(layer, "weight");
    if (name !== undefined && tensors.has(name)) return name;
    // A module with matrices of several names (attention): the one that fits and is free.
    const path = slot.path === undefined ? undefined : this.#shift(slot.path);
    const shape = slot.tensor.shape.toReversed().join();
    const free = [...tensors].filter(
      ([key, tensor]) => moduleOf(key) === path && tensor.shape.join() === shape && !this.#used.has(key),
    );
    return free.length === 1 ? free[0]![0] : undefined;
  }

  /** The weight as the operator takes it; `undefined` where the shapes do not allow it. */
  #oriented(slot: Slot, key: string, tensor: Tensor): Recipe | undefined {
    const { shape } = slot.tensor;
    const isNamed = this.#shift(slot.name) === key;
    const isEqual = sameShape(shape, tensor.shape) || this.#isOtherHead(slot, shape, tensor.shape, false);
    const isReversed =
      shape.length === 2 &&
      (sameShape(shape, tensor.shape.toReversed()) || this.#isOtherHead(slot, shape, tensor.shape, true));
    // A square matrix without a name was transposed by the exporter: had it not been, it would have kept its name.
    const mayTurn = takesInputsFirst(slot.node, slot.index) && isReversed && !(isEqual && isNamed);
    if (mayTurn) return exchanged(key, tensor);
    if (isEqual) return asItIs(key, tensor, isNamed ? "exact" : "located");
    this.#illShaped.push(`${key} is [${tensor.shape}] and not [${shape}]`);
    return undefined;
  }

  #bias(slot: Slot, layer: string | undefined): Recipe | undefined {
    const key = layer === undefined ? undefined : within(layer, "bias");
    const tensor = key === undefined ? undefined : this.#modules.tensors.get(key);
    if (!tensor) return this.#named(slot);
    return this.#fitting(slot, key!, tensor);
  }

  #norm(slot: Slot): Recipe | undefined {
    const path = slot.path === undefined ? undefined : this.#shift(slot.path);
    if (path !== undefined && slot.tensor.shape.length > 1) {
      const found = recurrent(slot, path, slot.call, this.#modules.tensors);
      if (found) return found;
    }
    const key = path === undefined ? undefined : within(path, slot.leaf!);
    const tensor = key === undefined ? undefined : this.#modules.tensors.get(key);
    // Instance norms that stand for group norms have a constant per group; their parameters follow behind.
    if (
      tensor &&
      !(slot.invented && constantOf(slot.tensor) !== undefined && slot.node.op === "InstanceNormalization")
    ) {
      return this.#fitting(slot, key!, tensor);
    }
    return this.#named(slot);
  }

  #named(slot: Slot): Recipe | undefined {
    const key = this.#shift(slot.name);
    const tensor = key === undefined ? undefined : this.#modules.tensors.get(key);
    return tensor && this.#fitting(slot, key!, tensor);
  }

  #fitting(slot: Slot, key: string, tensor: Tensor): Recipe | undefined {
    const { shape } = slot.tensor;
    if (sameShape(shape, tensor.shape) || this.#isOtherHead(slot, shape, tensor.shape, false)) {
      return asItIs(key, tensor, this.#shift(slot.name) === key ? "exact" : "located");
    }
    if (elementCount(shape) === elementCount(tensor.shape) && isVector(shape) && isVector(tensor.shape)) {
      return inShape(key, shape);
    }
    this.#illShaped.push(`${key} is [${tensor.shape}] and not [${shape}]`);
    return undefined;
  }

  /** A scale or shift behind an operator, by the module that the node belongs to. */
  #dressed(slot: Slot): Recipe | undefined {
    if (slot.leaf === undefined || !slot.invented || slot.path === undefined) return undefined;
    const key = within(this.#shift(slot.path) ?? "", slot.leaf);
    const tensor = this.#modules.tensors.get(key);
    if (!tensor || this.#used.has(key) || elementCount(tensor.shape) !== elementCount(slot.tensor.shape))
      return undefined;
    return sameShape(tensor.shape, slot.tensor.shape)
      ? asItIs(key, tensor, "located")
      : inShape(key, slot.tensor.shape);
  }

  /** Whether the shapes differ in the number of classes of the network's last layer alone. */
  #isOtherHead({ node, index }: Slot, shape: readonly number[], other: readonly number[], reversed: boolean): boolean {
    if (!this.#heads.has(node) || shape.length !== other.length) return false;
    const given = reversed ? other.toReversed() : other;
    const outputsFirst = index === 2 || !takesInputsFirst(node, index);
    const axis = outputsFirst ? 0 : shape.length - 1;
    return shape.every((size, i) => i === axis || size === given[i]);
  }

  #inner(): ReadonlyMap<string, Recipe> {
    const read = new Set(this.#slots.map(({ name }) => name));
    const inner = new Map<string, Recipe>();
    for (const [name, { shape }] of this.#graph.initializers) {
      const key = this.#shift(name);
      const tensor = key === undefined || read.has(name) ? undefined : this.#modules.tensors.get(key);
      if (!tensor) {
        const isParameter = !read.has(name) && /\.(?:weight|bias)$/.test(name);
        if (isParameter) this.#illShaped.push(`${name} of the donor is not in the checkpoint`);
      } else if (sameShape(shape, tensor.shape)) inner.set(name, asItIs(key!, tensor, "exact"));
      else this.#illShaped.push(`${key} is [${tensor.shape}] and not [${shape}]`);
    }
    return inner;
  }

  #settle(slot: Slot, recipe: Recipe | undefined): void {
    if (recipe) this.#take(slot, recipe);
    else if (!isNoParameter(slot)) this.#missing.push(slot);
  }

  #take(slot: Slot, recipe: Recipe): void {
    this.#recipes.set(slot, recipe);
    for (const key of recipe.keys) this.#used.add(key);
  }
}
