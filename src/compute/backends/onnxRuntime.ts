import { basename, dirname, resolve } from "node:path";
import { env, InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { Failure } from "../../core/failure.ts";
import { writeOnnxInPlace } from "../../core/formats/onnx/writer.ts";
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
    threads,
    engine: `onnxruntime ${env.versions.node ?? env.versions.common}`,
    load: async (program, options = {}) => session(await create(program, name, threads, options)),
  };
}

async function create(
  program: Program,
  provider: string,
  threads: number,
  { returnMemory = false, spin = false }: LoadOptions,
): Promise<InferenceSession> {
  try {
    const { model, folder } = inPlace(program);
    return await InferenceSession.create(model, {
      executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      // One block laid out for the whole run takes a third more memory than the values that are alive, and no less time.
      enableMemPattern: false,
      // The arena doubles whenever it is full and keeps all it ever had.
      enableCpuMemArena: !returnMemory,
      logSeverityLevel: 3,
      // A pool that spins after its run steals time from the other model's session and from a training on this machine.
      extra: {
        session: {
          intra_op: { allow_spinning: spin ? "1" : "0" },
          force_spinning_stop: "1",
          ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
        },
      },
    });
  } catch (error) {
    if (provider === "cpu") throw new Failure("engine/load", `ONNX Runtime refuses the network: ${reason(error)}`);
    throw new Failure("engine/provider", `The execution provider ${provider} does not take it: ${reason(error)}`, {
      hint: "Its driver or libraries may be missing on this machine. The provider cpu runs everywhere.",
    });
  }
}

/**
 * The program as the engine gets it: weights that stand in a file are left there, and the engine maps them from it.
 * They are never copied into this process's own memory, and a model of any size loads.
 */
function inPlace(program: Program): { model: Uint8Array; folder: string | undefined } {
  const tensors = [...program.graph.initializers.values()];
  const first = tensors.map(({ stored }) => stored?.source.place).find((place) => place !== undefined);
  const folder = first && dirname(resolve(first.file));
  const model = writeOnnxInPlace(program, (file) => {
    const path = resolve(file);
    return dirname(path) === folder ? basename(path) : undefined;
  });
  return { model, folder };
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

/** The engine's message without its C++ source position and the condition that failed, which tell a user nothing. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/^.*?\.(?:cc|h):\d+ [^ ]+ /, "")
    .replace(/^.* was false\. /s, "")
    .trim();
}
