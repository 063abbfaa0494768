import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { allocation } from "../../../src/client/computeChild.ts";
import { startLineWorker } from "../shared/lineWorker.ts";
import type { Program } from "../shared/program.ts";
import { pythonEnvironment } from "../shared/pythonEnvironment.ts";
import { watched } from "../shared/rounds.ts";
import { imagesOf, type StepAnswer, type StepScenario, threads } from "./steps.ts";

/** Where the networks and images lie, and which Python has PyTorch. */
export interface Workplace {
  readonly python: string;
  readonly cache: string;
}

/** Writes the network and images of a scenario that are not there yet. */
export function prepareSteps(scenario: StepScenario, { python, cache }: Workplace): void {
  const { model, pixels } = scenario;
  const script = join(import.meta.dirname, "../../real/models/export_models.py");
  const images = `${pixels}:${imagesOf(scenario)}`;
  execFileSync(python, [script, "--out", cache, "--models", model, "--pixels", `${pixels}`, "--images", images], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Our steps. */
export function startOurSteps(scenario: StepScenario, { cache }: Workplace): Promise<Program<StepAnswer>> {
  const { model, pixels } = scenario;
  return startLineWorker(
    "Likeness",
    process.execPath,
    [
      join(import.meta.dirname, "stepWorker.ts"),
      ...["--model", join(cache, `${model}-${pixels}.onnx`)],
      ...["--probe", join(cache, `images-${pixels}-${imagesOf(scenario)}.probe.json`), ...amounts(scenario)],
    ],
    { ...process.env, ...allocation },
  );
}

/** PyTorch's steps in the memory format that is quicker here, by the faster of two runs each. */
export async function startTorchSteps(scenario: StepScenario, workplace: Workplace): Promise<Program<StepAnswer>> {
  const tried: string[] = [];
  let best: { readonly program: Program<StepAnswer>; readonly seconds: number } | undefined;
  for (const format of ["contiguous", "channels last"] as const) {
    const program = await startTorch(scenario, workplace, format);
    await program.run();
    const runs = [await watched(program), await watched(program)];
    const seconds = Math.min(...runs.map((run) => run.seconds));
    tried.push(`${format} ${(1000 * seconds).toFixed(1)} ms and ${runs.at(-1)?.memoryMB.toFixed(0)} MiB`);
    if (best === undefined || seconds < best.seconds) {
      best?.program.stop();
      best = { program, seconds };
    } else {
      program.stop();
    }
  }
  if (best === undefined) throw new Error("There is no memory format to try.");
  return { ...best.program, note: `Memory formats of PyTorch that were tried: ${tried.join("; ")}.` };
}

function startTorch(
  scenario: StepScenario,
  { python, cache }: Workplace,
  format: "contiguous" | "channels last",
): Promise<Program<StepAnswer>> {
  const { model, pixels } = scenario;
  return startLineWorker(
    `PyTorch, ${format}`,
    python,
    [
      ...[join(import.meta.dirname, "peer_step.py"), "--model", model, "--state", join(cache, `${model}.pt`)],
      ...["--images", join(cache, `images-${pixels}-${imagesOf(scenario)}.npy`), ...amounts(scenario)],
      ...(format === "channels last" ? ["--channels-last"] : []),
    ],
    pythonEnvironment(),
  );
}

function amounts({ batch, steps }: StepScenario): string[] {
  return ["--batch", `${batch}`, "--steps", `${steps}`, "--threads", `${threads}`];
}
