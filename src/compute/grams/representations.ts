import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { withRepresentations } from "../../core/methods/gramGraph.ts";
import type { Backend, Session, Values } from "../backends/backend.ts";
import { fitted } from "../models/fitted.ts";
import type { OpenModel } from "../models/openModel.ts";

/** Runs a network and gives the values at its taps themselves. */
export interface RepresentationRunner {
  /**
   * @param input the network's input for n samples.
   * @returns by tap value: n × the tap's own axes.
   */
  run(input: Values): Promise<ReadonlyMap<string, Values>>;
  release(): Promise<void>;
}

/** Compiles a network so that the values at `taps` come out. */
export async function representationRunner(
  backend: Backend,
  model: OpenModel,
  taps: readonly Tap[],
): Promise<RepresentationRunner> {
  const { program, outputs } = withRepresentations(fitted(model, backend), taps);
  const engine = await backend.load(program);
  const session: Session = {
    async run(feeds) {
      const fetched = await engine.run(feeds);
      return new Map(
        [...outputs].flatMap(([tap, output]) => {
          const values = fetched.get(output);
          return values ? [[tap, values]] : [];
        }),
      );
    },
    release: () => engine.release(),
  };
  return {
    run: async (input) => {
      const { batch } = model;
      if (batch === "free") return samplesFirst(await runOnce(session, model, input), taps, input.shape[0] ?? 0);
      return inFixedBatches(session, model, taps, input, batch);
    },
    release: () => session.release(),
  };
}

async function runOnce(session: Session, model: OpenModel, input: Values): Promise<ReadonlyMap<string, Values>> {
  return session.run(new Map([[model.input.name, input]]));
}

/**
 * A network that takes exactly `batch` samples at a time: the last ones are filled up with the first of theirs, and what
 * comes of the filling is dropped.
 */
async function inFixedBatches(
  session: Session,
  model: OpenModel,
  taps: readonly Tap[],
  { shape: [count = 0, ...sample], data }: Values,
  batch: number,
): Promise<ReadonlyMap<string, Values>> {
  const width = data.length / count;
  const results = new Map(taps.map((tap) => [tap.value, new Float32Array(count * tap.width)]));
  for (let start = 0; start < count; start += batch) {
    const there = Math.min(batch, count - start);
    const filled = data.slice(start * width, (start + batch) * width);
    const portion = there === batch ? filled : repeated(filled, width, batch);
    const fetched = samplesFirst(
      await runOnce(session, model, { shape: [batch, ...sample], data: portion }),
      taps,
      batch,
    );
    for (const tap of taps) {
      const values = fetched.get(tap.value)?.data;
      if (values) results.get(tap.value)?.set(floats(values).subarray(0, there * tap.width), start * tap.width);
    }
  }
  return new Map(taps.map((tap) => [tap.value, shaped(tap, count, results.get(tap.value) ?? new Float32Array())]));
}

/** So many samples: those that there are, and the first of them again. */
function repeated<T extends Values["data"]>(samples: T, width: number, count: number): T {
  const Elements = samples.constructor as new (length: number) => T;
  const filled = new Elements(count * width);
  for (let i = 0; i < filled.length; i++) filled[i] = samples[i < samples.length ? i : i % width]!;
  return filled;
}

/** The fetched values with the samples' axis in front. */
function samplesFirst(
  fetched: ReadonlyMap<string, Values>,
  taps: readonly Tap[],
  count: number,
): ReadonlyMap<string, Values> {
  return new Map(
    taps.map((tap) => {
      const values = fetched.get(tap.value);
      if (!values || values.data.length !== count * tap.width) {
        throw new Failure("engine/samples-lost", `${tap.name} does not have one row of ${tap.width} per sample.`, {
          hint: "Leave this layer out with --taps.",
        });
      }
      return [tap.value, shaped(tap, count, moved(floats(values.data), tap, count))];
    }),
  );
}

function shaped(tap: Tap, count: number, data: Float32Array): Values {
  const rest = tap.shape.filter((size): size is number => size !== "n");
  return { shape: [count, ...rest], data };
}

/** Values whose samples lie along an inner axis, brought to the front. */
function moved(data: Float32Array, tap: Tap, count: number): Float32Array {
  if (tap.sampleAxis === 0) return data;
  const outer = tap.shape.slice(0, tap.sampleAxis).reduce((product: number, size) => product * Number(size), 1);
  const inner = tap.width / outer;
  const out = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    for (let sample = 0; sample < count; sample++) {
      const from = (o * count + sample) * inner;
      out.set(data.subarray(from, from + inner), sample * tap.width + o * inner);
    }
  }
  return out;
}

function floats(data: Values["data"]): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
}
