import { Failure } from "../core/failure.ts";
import { makeNode, makeProgram } from "../core/graph/graph.ts";
import type { Warning } from "../core/report/report.ts";
import type { EngineChoice } from "../protocol/compute.ts";
import type { Backend } from "./backends/backend.ts";
import { threadCap } from "./courtesy.ts";

/**
 * The engine that a request asks for. Its native library is loaded here and not before: whoever only reads checkpoints
 * never needs it, and where it cannot be loaded the process lives on. A provider that finds no device on this machine is
 * replaced by the CPU, with a warning.
 * @throws Failure `engine/missing` where ONNX Runtime has no binary for this platform, or it cannot be loaded;
 *   `engine/provider` where it has no such provider
 */
export async function openEngine({ provider, threads }: EngineChoice): Promise<Backend> {
  const { onnxRuntime } = await import("./backends/onnxRuntime.ts").catch((error: unknown) => {
    throw missing(error);
  });
  const cap = threads ?? threadCap();
  const backend = onnxRuntime(provider, cap);
  const reason = await whyUnusable(backend);
  if (reason === undefined) return backend;
  return { ...onnxRuntime("cpu", cap), fallback: replaced(provider, reason) };
}

/** What was found of providers, by name: a driver does not come while the process lives, and asking takes a second. */
const found = new Map<string, string | undefined>();

/** Why a provider cannot run even the smallest network here; `undefined` where it can. */
async function whyUnusable(backend: Backend): Promise<string | undefined> {
  const { provider } = backend;
  if (provider === "cpu") return undefined;
  if (!found.has(provider)) found.set(provider, await refusal(backend));
  return found.get(provider);
}

async function refusal(backend: Backend): Promise<string | undefined> {
  const value = (name: string) => ({ name, dtype: "float32" as const, shape: [1] });
  const [inputs, outputs] = [[value("x")], [value("y")]];
  const smallest = makeProgram({ name: "smallest", inputs, outputs, nodes: [makeNode("Neg", ["x"], ["y"])] });
  try {
    await (await backend.load(smallest)).release();
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.code === "engine/provider") return error.message;
    throw error;
  }
}

function replaced(provider: string, reason: string): Warning {
  const message = `${provider} cannot be used on this machine, so the CPU runs the networks: ${reason}`;
  return { code: "engine/fallback", message, where: "engine" };
}

function missing(error: unknown): Failure {
  const platform = `${process.platform}-${process.arch}`;
  const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new Failure("engine/missing", `ONNX Runtime, which runs the networks, cannot be loaded here: ${reason}`, {
    hint: `It exists for ${platforms.join(", ")} (on Linux with glibc); this is ${platform}. Where that is one of them, install Likeness for that platform. Everything that only reads checkpoints works without it.`,
  });
}

const platforms = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
