import { env, InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { Failure } from "../../core/failure.ts";
import { writeOnnx } from "../../core/formats/onnx/writer.ts";
import type { Program } from "../../core/graph/graph.ts";
import type { Backend, LoadOptions, Session, Values } from "./backend.ts";

/**
 * ONNX Runtime in this process.
 *
 * @param provider `auto` takes the CPU; a name takes that execution provider, with the CPU behind it for what it lacks.
 * @param threads that one operator may use.
 * @throws Failure `engine/provider` where this build has no such provider.
 */
export function onnxRuntime(provider: string, threads: number): Backend {
  const name = provider === "auto" ? "cpu" : provider;
  const available = listSupportedBackends().map((backend) => backend.name);
  if (!available.includes(name)) {
    throw new Failure("engine/provider", `This build of ONNX Runtime has no execution provider named ${name}.`, {
      hint: `Choose one of: auto, ${available.join(", ")}.`,
    });
  }
  return {
    provider: name,
    engine: `onnxruntime ${env.versions.node ?? env.versions.common}`,
    load: async (program, options = {}) => session(await create(program, name, threads, options)),
  };
}

async function create(
  program: Program,
  provider: string,
  threads: number,
  options: LoadOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(writeOnnx(program), {
      executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // Reusing one block per shape is 15 % faster and keeps the pages of the last run; off, memory follows what is live.
      enableMemPattern: options.favour !== "memory",
      enableCpuMemArena: options.favour !== "memory",
      logSeverityLevel: 3,
      // A waiting pool that spins steals time from the other model's session and from a training on this machine.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (error) {
    throw new Failure("engine/load", `ONNX Runtime refuses the network: ${reason(error)}`);
  }
}

function session(inner: InferenceSession): Session {
  return {
    async run(feeds) {
      const tensors: Record<string, Tensor> = {};
      for (const [name, values] of feeds) tensors[name] = toTensor(values);
      let fetched: InferenceSession.OnnxValueMapType;
      try {
        fetched = await inner.run(tensors);
      } catch (error) {
        throw new Failure("engine/run", `ONNX Runtime failed while running the network: ${reason(error)}`);
      }
      const results = new Map<string, Values>();
      for (const [name, value] of Object.entries(fetched)) {
        results.set(name, { shape: value.dims, data: value.data as Values["data"] });
      }
      return results;
    },
    release: () => inner.release(),
  };
}

function toTensor({ shape, data }: Values): Tensor {
  if (data instanceof Float32Array) return new Tensor("float32", data, shape);
  if (data instanceof Float64Array) return new Tensor("float64", data, shape);
  if (data instanceof BigInt64Array) return new Tensor("int64", data, shape);
  if (data instanceof Int32Array) return new Tensor("int32", data, shape);
  return new Tensor("bool", data, shape);
}

/** The engine's message without its C++ source position, which tells a user nothing. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^.*?\.(?:cc|h):\d+ [^ ]+ /, "").trim();
}
