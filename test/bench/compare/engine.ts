import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComputeProcess } from "../../../src/client/computeProcess.ts";
import { type CompareParams, compare } from "../../../src/protocol/compute.ts";
import { childrenOf } from "../shared/procfs.ts";
import type { ComparisonAnswer, ComparisonProgram } from "./comparisonAnswer.ts";
import { graphFile, probeOf, type Scenario, threads } from "./scenarios.ts";

const measure = "cka.linear.unbiased";

/**
 * Our own comparison, asked as the command line and the editor ask it: a request to the compute process. Its time is
 * that of the whole request, from the reading of the files to the report; the process itself stands already.
 *
 * @param entry the compute process's script
 * @param folder of the networks and images
 */
export async function startEngine(scenario: Scenario, entry: string, folder: string): Promise<ComparisonProgram> {
  const store = scenario.stored ? mkdtempSync(join(tmpdir(), "likeness-bench-")) : undefined;
  const owner = new ComputeProcess({ entry, log: () => {}, idleMinutes: 60 });
  const stop = (): void => {
    owner.dispose();
    if (store !== undefined) rmSync(store, { recursive: true });
  };
  try {
    const before = new Set(childrenOf(process.pid));
    const params = question(scenario, folder, store);
    // The first answer starts the process and fills the store.
    const { engine = "", version } = await owner.request(compare, params);
    const pid = childrenOf(process.pid).find((child) => !before.has(child));
    if (pid === undefined) throw new Error("The compute process cannot be found among this process's children.");
    const name = scenario.stored ? "Likeness, from the store" : "Likeness";
    return { name, pid, engine: `Likeness ${version}, ${engine}`, run: () => ask(owner, params), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function question(scenario: Scenario, folder: string, store: string | undefined): Omit<CompareParams, "progress"> {
  return {
    models: scenario.models.map((model) => ({
      path: join(folder, graphFile(scenario, model)),
      preprocess: "none",
      taps: [`@${scenario.taps}`],
    })),
    probe: probeOf(scenario, folder),
    engine: { provider: "cpu", threads, ...(store === undefined ? {} : { store }) },
    batch: scenario.batch,
    estimator: "minibatch",
    measures: [measure],
    seed: 0,
  };
}

async function ask(owner: ComputeProcess, params: Omit<CompareParams, "progress">): Promise<ComparisonAnswer> {
  const start = performance.now();
  const report = await owner.request(compare, params);
  // The other programs hold their networks compiled before the rounds begin.
  const loadSeconds = report.seconds.load ?? 0;
  const seconds = (performance.now() - start) / 1000 - loadSeconds;
  const matrix = report.measures?.[measure];
  return {
    seconds,
    loadSeconds,
    forwardSeconds: report.seconds.forward,
    forwardPasses: report.forwardPasses,
    ...matrix,
  };
}
