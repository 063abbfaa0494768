import { Failure } from "../core/failure.ts";
import type { EngineChoice } from "../protocol/compute.ts";
import type { Backend } from "./backends/backend.ts";
import { threadCap } from "./courtesy.ts";

/**
 * The engine that a request asks for. Its native library is loaded here and not before: whoever only reads checkpoints
 * never needs it, and where it cannot be loaded the process lives on.
 * @throws Failure `engine/missing` where ONNX Runtime has no binary for this platform, or it cannot be loaded;
 *   `engine/provider` where it has no such provider
 */
export async function openEngine({ provider, threads }: EngineChoice): Promise<Backend> {
  const { onnxRuntime } = await import("./backends/onnxRuntime.ts").catch((error: unknown) => {
    throw missing(error);
  });
  return onnxRuntime(provider, threads ?? threadCap());
}

function missing(error: unknown): Failure {
  const platform = `${process.platform}-${process.arch}`;
  const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new Failure("engine/missing", `ONNX Runtime, which runs the networks, cannot be loaded here: ${reason}`, {
    hint: `It exists for ${platforms.join(", ")} (on Linux with glibc); this is ${platform}. Where that is one of them, install Likeness for that platform. Everything that only reads checkpoints works without it.`,
  });
}

const platforms = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
