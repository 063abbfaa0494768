import type { Node } from "../graph.ts";
import { pointwiseOps } from "../shapes/elementwise.ts";
import { isTransparent } from "./candidates.ts";
import type { Wiring } from "./wiring.ts";

const convolutions: ReadonlySet<string> = new Set("Conv ConvTranspose ConvInteger DeformConv FusedConv".split(" "));
const products: ReadonlySet<string> = new Set("Gemm FusedGemm MatMul FusedMatMul MatMulNBits".split(" "));
const recurrences: ReadonlySet<string> = new Set(["LSTM", "GRU", "RNN"]);

/** Pointwise operators that bend: what makes a chain of them an activation function. */
const nonlinear: ReadonlySet<string> = new Set(
  [
    "Relu LeakyRelu PRelu ThresholdedRelu Clip Elu Celu Selu Gelu FastGelu QuickGelu BiasGelu Erf Tanh Sigmoid",
    "HardSigmoid HardSwish Swish Mish Softplus Softsign Shrink",
  ].flatMap((ops) => ops.split(" ")),
);

const affine: ReadonlySet<string> = new Set(["Add", "Sub", "Mul", "Div"]);

/** What is known of a value that depends on the samples. */
interface Reading {
  /**
   * The value from which this one is made element by element: GELU's `Div`, `Erf`, `Add` and `Mul` all begin with one. The
   * value itself where it is made otherwise.
   */
  readonly root: string;
  /** Whether an operator that bends lies between the two. */
  readonly bends: boolean;
  /** The nearest value behind this one that a weighted layer or a meeting of two layers made. */
  readonly layer: string;
}

/** What the values of a network do in it, as far as choosing among them asks. */
export class Roles {
  readonly #wiring: Wiring;
  readonly #dependent: ReadonlySet<string>;
  readonly #readings = new Map<string, Reading>();

  constructor(wiring: Wiring, dependent: ReadonlySet<string>) {
    this.#wiring = wiring;
    this.#dependent = dependent;
    for (const node of wiring.graph.nodes) {
      for (const value of node.outputs) if (dependent.has(value)) this.#readings.set(value, this.#read(node, value));
    }
  }

  /** `convolution` or `linear` for the output of such a layer, its bias included. */
  layerOf(node: Node): "convolution" | "linear" | undefined {
    const layer = this.#biased(node) ?? node;
    if (convolutions.has(layer.op)) return "convolution";
    return products.has(layer.op) && this.isLayer(layer) ? "linear" : undefined;
  }

  /** Whether a value is the result of an activation function, which may be spelled out in several operators. */
  isActivation(value: string): boolean {
    return this.#readings.get(value)?.bends === true && !this.isStep(value);
  }

  /** Whether a value is only a step on the way: of a spelled-out activation function, or a layer before its bias. */
  isStep(value: string): boolean {
    const readers = this.#readers(value);
    if (readers === undefined || readers.length === 0) return false;
    const maker = this.#wiring.producer(value);
    if (readers.length === 1 && maker !== undefined && this.#biased(readers[0]!) === maker) return true;
    const root = this.#readings.get(value)?.root;
    return root !== value && readers.every((node) => this.#readings.get(node.outputs[0] ?? "")?.root === root);
  }

  /** Whether two or more layers meet in a node: a residual connection, a concatenation of branches. */
  isMeeting(node: Node): boolean {
    if (!/^(Add|Sum|Concat|SkipLayerNormalization|SkipSimplifiedLayerNormalization)$/.test(node.op)) return false;
    return this.#layersInto(node).size > 1;
  }

  /** The one node that works on a value, where there is but one. */
  soleReader(value: string): Node | undefined {
    const readers = this.#readers(value);
    return readers?.length === 1 ? readers[0] : undefined;
  }

  #read(node: Node, value: string): Reading {
    const operands = node.inputs.filter((name) => this.#dependent.has(name));
    const readings = operands.map((name) => this.#readings.get(name) ?? { root: name, bends: false, layer: name });
    const layers = this.#layersInto(node);
    const layer = this.isLayer(node) || layers.size !== 1 ? value : [...layers][0]!;
    const roots = new Set(readings.map(({ root }) => root));
    const bends = nonlinear.has(node.op) || readings.some((reading) => reading.bends);
    const isPointwise = pointwiseOps.has(node.op) || nonlinear.has(node.op) || isTransparent(node);
    const continues = isPointwise && roots.size === 1 && !this.#isAffine(node);
    return continues ? { root: [...roots][0]!, bends, layer } : { root: value, bends: false, layer };
  }

  #layersInto(node: Node): ReadonlySet<string> {
    const operands = node.inputs.filter((name) => this.#dependent.has(name));
    return new Set(operands.map((name) => this.#readings.get(name)?.layer ?? name));
  }

  /**
   * The nodes that work on a value or on what casts and changes of shape make of it; `undefined` where it is an output of the
   * network.
   */
  #readers(value: string): readonly Node[] | undefined {
    const readers: Node[] = [];
    const names = [value];
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (this.#wiring.isOutput(name)) return undefined;
      for (const node of this.#wiring.consumers(name)) {
        const output = node.outputs[0] ?? "";
        if (isTransparent(node)) names.push(output);
        else if (this.#dependent.has(output)) readers.push(node);
      }
    }
    return readers;
  }

  /** Whether a node multiplies by weights. */
  isLayer(node: Node): boolean {
    if (convolutions.has(node.op) || recurrences.has(node.op)) return true;
    return products.has(node.op) && node.inputs.slice(0, 2).some((name) => this.#wiring.isConstant(name));
  }

  /** Whether a node scales or shifts by many numbers, as a bias or a batch norm does. */
  #isAffine(node: Node): boolean {
    if (!affine.has(node.op)) return false;
    return node.inputs.some((name) => {
      if (!this.#wiring.isConstant(name)) return false;
      const shape = this.#wiring.graph.initializers.get(name)?.shape ?? this.#constantShape(name);
      return shape?.some((size) => size > 1) ?? true;
    });
  }

  #constantShape(name: string): readonly number[] | undefined {
    const value = this.#wiring.producer(name)?.attributes.get("value");
    return value?.type === "tensor" ? value.value.shape : undefined;
  }

  /** The layer whose bias a node adds, if it is one. */
  #biased(node: Node): Node | undefined {
    if (node.op !== "Add" || !this.#isAffine(node)) return undefined;
    const [layer] = node.inputs
      .map((name) => this.#wiring.producer(name))
      .filter((maker) => maker && this.isLayer(maker));
    return layer;
  }
}
