import type { ModuleAttribute, ModuleRecord } from "../../formats/checkpoint.ts";
import { float, int } from "../../graph/attributes.ts";
import type { Layers, Pair } from "../../lowering/layers/layers.ts";

/** Writes one module down behind its input. */
export type Step = (layers: Layers, x: string) => string;

type Attributes = ModuleRecord["attributes"];

/** What is done by each class of PyTorch's that a `Sequential` may hold; `undefined` where its settings are beyond that. */
const classes: ReadonlyMap<string, (path: string, attributes: Attributes) => Step | undefined> = new Map([
  ["Conv2d", conv2d],
  ["Linear", (path) => (layers, x) => layers.linear(path, x)],
  ["BatchNorm1d", batchNorm],
  ["BatchNorm2d", batchNorm],
  ["LayerNorm", (path, each) => (layers, x) => layers.layerNorm(path, x, numberOf(each, "eps", 1e-5))],
  ["ReLU", (path) => (layers, x) => layers.relu(path, x)],
  ["ReLU6", (path) => (layers, x) => layers.relu6(path, x)],
  ["LeakyReLU", (path, each) => (layers, x) => layers.leakyRelu(path, x, numberOf(each, "negative_slope", 0.01))],
  ["ELU", (path, each) => plain("Elu", path, { alpha: float(numberOf(each, "alpha", 1)) })],
  ["GELU", (path, each) => (layers, x) => layers.gelu(path, x, each.get("approximate") === "tanh" ? "tanh" : "none")],
  ["SiLU", (path) => (layers, x) => layers.silu(path, x)],
  ["Sigmoid", (path) => (layers, x) => layers.sigmoid(path, x)],
  ["Tanh", (path) => (layers, x) => layers.tanh(path, x)],
  ["Softplus", (path, each) => (numberOf(each, "beta", 1) === 1 ? plain("Softplus", path) : undefined)],
  ["Softmax", (path, each) => (layers, x) => layers.softmax(path, x, numberOf(each, "dim", 1))],
  ["LogSoftmax", (path, each) => plain("LogSoftmax", path, { axis: int(numberOf(each, "dim", 1)) })],
  ["MaxPool2d", maxPool],
  ["AvgPool2d", avgPool],
  ["AdaptiveAvgPool2d", adaptiveAvgPool],
  ["Flatten", flatten],
  ["Identity", () => (_, x) => x],
  ["Dropout", () => (_, x) => x],
  ["Dropout2d", () => (_, x) => x],
  ["AlphaDropout", () => (_, x) => x],
]);

/** What a leaf module does, from its record; `undefined` for classes and settings that are not known. */
export function recordedStep(path: string, { className, attributes }: ModuleRecord): Step | undefined {
  return classes.get(className.slice(className.lastIndexOf(".") + 1))?.(path, attributes);
}

function plain(op: string, path: string, attributes: Parameters<Layers["builder"]["add"]>[2] = {}): Step {
  return (layers, x) => layers.within(path, () => layers.builder.add(op, [x], attributes));
}

function conv2d(path: string, attributes: Attributes): Step | undefined {
  const kernel = pairOf(attributes, "kernel_size");
  const [stride, dilation] = [pairOf(attributes, "stride", 1), pairOf(attributes, "dilation", 1)];
  const padding = attributes.get("padding") === "valid" ? 0 : pairOf(attributes, "padding", 0);
  const isZeroPadded = (attributes.get("padding_mode") ?? "zeros") === "zeros";
  if (kernel === undefined || stride === undefined || dilation === undefined) return undefined;
  if (padding === undefined || !isZeroPadded) return undefined;
  const options = { kernel, stride, dilation, padding, groups: numberOf(attributes, "groups", 1) };
  return (layers, x) => layers.conv2d(path, x, options);
}

function batchNorm(path: string, attributes: Attributes): Step {
  return (layers, x) => layers.batchNorm(path, x, numberOf(attributes, "eps", 1e-5));
}

function maxPool(path: string, attributes: Attributes): Step | undefined {
  const window = windowOf(attributes);
  const isPlain = numberOf(attributes, "dilation", 1) === 1;
  return window && isPlain ? (layers, x) => layers.maxPool(path, x, window) : undefined;
}

function avgPool(path: string, attributes: Attributes): Step | undefined {
  const window = windowOf(attributes);
  const isPlain = !window?.ceil && attributes.get("count_include_pad") !== false && !attributes.get("divisor_override");
  return window && isPlain ? (layers, x) => layers.avgPool(path, x, window) : undefined;
}

function windowOf(attributes: Attributes) {
  const kernel = pairOf(attributes, "kernel_size");
  const stride = pairOf(attributes, "stride", kernel);
  const padding = pairOf(attributes, "padding", 0);
  if (kernel === undefined || stride === undefined || padding === undefined) return undefined;
  return { kernel, stride, padding, ceil: attributes.get("ceil_mode") === true };
}

function adaptiveAvgPool(path: string, attributes: Attributes): Step | undefined {
  const size = pairOf(attributes, "output_size");
  return size === undefined ? undefined : (layers, x) => layers.adaptiveAvgPool(path, x, size);
}

/** PyTorch's own, and the class of that name that every project had before there was one. */
function flatten(path: string, attributes: Attributes): Step | undefined {
  const isPlain = numberOf(attributes, "start_dim", 1) === 1 && numberOf(attributes, "end_dim", -1) === -1;
  return isPlain ? (layers, x) => layers.within(path, () => layers.flatten(x)) : undefined;
}

function numberOf(attributes: Attributes, name: string, otherwise: number): number {
  const value = attributes.get(name);
  return typeof value === "number" ? value : otherwise;
}

/** A number or two of them; `undefined` for anything else, and where it is absent and no default given. */
function pairOf(attributes: Attributes, name: string, otherwise?: Pair): Pair | undefined {
  const value: ModuleAttribute | undefined = attributes.get(name);
  if (value === undefined || value === null) return otherwise;
  if (typeof value === "number") return value;
  const [high, wide] = Array.isArray(value) && value.length === 2 ? value : [];
  return typeof high === "number" && typeof wide === "number" ? [high, wide] : undefined;
}
