import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startLineWorker } from "../shared/lineWorker.ts";
import type { ComparisonProgram } from "./comparisonAnswer.ts";
import { graphFile, imagesFile, type Scenario, threads } from "./scenarios.ts";

/** Where the networks and images lie, and which Python has PyTorch. */
export interface Workplace {
  readonly python: string;
  readonly cache: string;
}

/** Writes the networks and images of a scenario that are not there yet. */
export function prepare(scenario: Scenario, { python, cache }: Workplace): void {
  const script = join(import.meta.dirname, "../../real/models/export_models.py");
  execFileSync(
    python,
    [
      ...[script, "--out", cache, "--models", ...scenario.models, "--pixels", `${scenario.pixels}`],
      ...["--images", `${scenario.pixels}:${scenario.samples}`, ...(scenario.unfused ? ["--unfused"] : [])],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
}

/** The forward passes alone, in ONNX Runtime. */
export function startForward(scenario: Scenario, { cache }: Workplace): Promise<ComparisonProgram> {
  const graphs = scenario.models.map((model) => join(cache, graphFile(scenario, model)));
  return startLineWorker("forward passes alone", process.execPath, [
    join(import.meta.dirname, "forwardWorker.ts"),
    ...["--images", join(cache, `${imagesFile(scenario)}.npy`), "--samples", `${scenario.samples}`],
    ...["--batch", `${scenario.batch}`, "--threads", `${threads}`, ...graphs],
  ]);
}
