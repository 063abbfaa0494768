import { int } from "../graph/attributes.ts";
import { type Dim, makeNode, type Node, type Program, type ValueInfo } from "../graph/graph.ts";
import { type DType, int64Tensor, type Tensor } from "../graph/tensor.ts";
import { companionRows, type TokenRow } from "./tokenRows.ts";

/** The one input of a {@link TokenProgram}. */
export const tokensInput = "likeness::tokens";
/** Row of it that holds the attention mask. */
export const maskRow = 1;

/** Key of a program's metadata under which a reader notes the id that fills sequences up. */
export const padNote = "likeness.pad_token_id";

/** A network of token ids whose inputs (ids, mask, types, positions) were made one. */
export interface TokenProgram {
  readonly program: Program;
  /** {@link tokensInput}: batch × rows × sequence, int64. */
  readonly input: ValueInfo;
  readonly tokens: TokenInputs;
}

/** What a network of token ids wants to be fed. */
export interface TokenInputs {
  /** Rows of the input: the ids, the mask (which pooling reads even where the network does not), and what else it takes. */
  readonly rows: readonly TokenRow[];
  /** Length of a sequence; a symbol or unknown where any will do. */
  readonly sequence: Dim;
  /** The id that fills sequences up, where the file names one. */
  readonly pad: number | undefined;
}

/**
 * Makes the inputs of a network of token ids one, of which each was a row: what runs, measures and stores networks then
 * knows one kind of network only, that with one input.
 *
 * @param ids the input that the samples go into.
 * @param others all others.
 * @returns `undefined` where the input takes no token ids, or an other input is none of {@link companionRows}.
 */
export function tokenProgram(program: Program, ids: ValueInfo, others: readonly ValueInfo[]): TokenProgram | undefined {
  if (!isInteger(ids.dtype) || ids.shape?.length !== 2) return undefined;
  const companions = others.map(({ name, shape }) => (shape?.length === 2 ? rowNamed(name) : undefined));
  if (companions.includes(undefined)) return undefined;
  const taken = new Set(companions);
  const rows = ["input_ids" as const, ...companionRows.filter((row) => row === "attention_mask" || taken.has(row))];
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();
  for (const [i, input] of [ids, ...others].entries()) {
    const row = i === 0 ? "input_ids" : companions[i - 1]!;
    const index = `${tokensInput}::row ${row}`;
    initializers.set(index, int64Tensor([], [rows.indexOf(row)]));
    nodes.push(
      makeNode("Gather", [tokensInput, index], [rowValue(row)], { axis: int(1) }),
      makeNode("Cast", [rowValue(row)], [input.name], { to: int(castTargets.get(input.dtype) ?? 7) }),
    );
  }
  const [batch, sequence] = ids.shape;
  const input: ValueInfo = { name: tokensInput, dtype: "int64", shape: [batch, rows.length, sequence] };
  const graph = {
    ...program.graph,
    inputs: [input],
    nodes: [...nodes, ...program.graph.nodes],
    initializers: new Map([...program.graph.initializers, ...initializers]),
  };
  const pad = program.metadata.get(padNote);
  return {
    program: { ...program, graph },
    input,
    tokens: { rows, sequence, pad: pad === undefined ? undefined : Number(pad) },
  };
}

/**
 * The value that depends on what the samples hold, for telling taps: of a {@link TokenProgram} the ids alone, since what is
 * made of a mask is no representation; of any other network its input.
 */
export function sampleValue(input: string): string {
  return input === tokensInput ? rowValue("input_ids") : input;
}

function rowValue(row: TokenRow): string {
  return `${tokensInput}::${row}`;
}

function rowNamed(name: string): TokenRow | undefined {
  return companionRows.find((row) => row === name);
}

function isInteger(dtype: DType | undefined): boolean {
  return dtype === "int64" || dtype === "int32";
}

/** ONNX's numbers of the types that token inputs have. */
const castTargets: ReadonlyMap<DType | undefined, number> = new Map([
  ["float32", 1],
  ["int32", 6],
  ["int64", 7],
  ["bool", 9],
  ["float16", 10],
  ["float64", 11],
]);
