import { join } from "node:path";
import { startLineWorker } from "../shared/lineWorker.ts";
import { pythonEnvironment } from "../shared/pythonEnvironment.ts";
import { watched } from "../shared/rounds.ts";
import type { ComparisonProgram } from "./comparisonAnswer.ts";
import { imagesFile, type Scenario, threads } from "./scenarios.ts";
import type { Workplace } from "./workplace.ts";

/** A way to run PyTorch that may make it quicker. */
interface Tuning {
  readonly name: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly flags: readonly string[];
}

/** glibc gives large blocks back to the system at once, and every new one is zeroed page by page; here it keeps them. */
const keptMemory = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: `${2 ** 38}` };

const tunings: readonly Tuning[] = [
  { name: "as installed", environment: {}, flags: [] },
  { name: "memory kept", environment: keptMemory, flags: [] },
  { name: "channels last", environment: {}, flags: ["--channels-last"] },
  { name: "memory kept, channels last", environment: keptMemory, flags: ["--channels-last"] },
];

/** The strong peer in the tuning that is quickest here, by the second of two runs each. */
export async function startSmartPeer(scenario: Scenario, workplace: Workplace): Promise<ComparisonProgram> {
  let best: { program: ComparisonProgram; seconds: number } | undefined;
  const tried: string[] = [];
  for (const tuning of tunings) {
    const program = await startPeer("peer_smart.py", `PyTorch, ${tuning.name}`, scenario, workplace, tuning);
    await watched(program);
    const { seconds, memoryMB } = await watched(program);
    tried.push(`${tuning.name} ${seconds.toFixed(2)} s and ${memoryMB.toFixed(0)} MiB`);
    if (best === undefined || seconds < best.seconds) {
      best?.program.stop();
      best = { program, seconds };
    } else {
      program.stop();
    }
  }
  if (best === undefined) throw new Error("There is no tuning to try.");
  return { ...best.program, note: `Tunings of PyTorch that were tried: ${tried.join("; ")}.` };
}

/** torch_cka's algorithm, run as its users run it but for the kept memory, which spares it the page faults. */
export async function startTorchCka(scenario: Scenario, workplace: Workplace): Promise<ComparisonProgram> {
  const rows = scenario.timedRows === undefined ? [] : ["--rows", `${scenario.timedRows}`];
  const tuning = { name: "memory kept", environment: keptMemory, flags: rows };
  const program = await startPeer("peer_torch_cka.py", "torch_cka's algorithm", scenario, workplace, tuning);
  const note =
    "torch_cka keeps references to features, which in-place operations overwrite, and does not centre them: its values differ.";
  return { ...program, note };
}

function startPeer(
  script: string,
  name: string,
  scenario: Scenario,
  { python, cache }: Workplace,
  tuning: Tuning,
): Promise<ComparisonProgram> {
  return startLineWorker(
    name,
    python,
    [
      ...[join(import.meta.dirname, script), "--cache", cache, "--models", ...scenario.models],
      ...["--images", `${imagesFile(scenario)}.npy`, "--samples", `${scenario.samples}`],
      ...["--batch", `${scenario.batch}`, "--taps", scenario.taps, "--threads", `${threads}`],
      ...(scenario.unfused ? ["--unfused"] : []),
      ...tuning.flags,
    ],
    { ...pythonEnvironment(), ...tuning.environment },
  );
}
