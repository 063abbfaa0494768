import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ComputeProcess } from "../../../src/client/computeProcess.ts";
import { inspect, statistics } from "../../../src/protocol/compute.ts";
import { writeLargeModel } from "../../fixtures/largeModel.ts";
import { childrenOf, peakMemory } from "../shared/procfs.ts";

/**
 * How long it takes, and how much memory, until a checkpoint of 500 MiB shows its names and shapes, and its statistics.
 * `npm run build && node test/bench/summary/bench.ts [--rounds 7]`, on Linux. The first question of each round is asked of
 * a process that is not running yet, as the first click in an editor is.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const mebibytes = 500;
const root = resolve(import.meta.dirname, "../../..");
const folder = join(root, "test/.cache/large");
const path = existsSync(join(folder, "large.onnx")) ? join(folder, "large.onnx") : writeLargeModel(folder, mebibytes);

interface Round {
  readonly namesSeconds: number;
  readonly namesMemory: number;
  readonly firstStatisticsSeconds: number;
  readonly statisticsSeconds: number;
  readonly statisticsMemory: number;
}

async function round(): Promise<Round> {
  const compute = new ComputeProcess({ entry: join(root, "dist/compute.cjs"), log: () => {} });
  try {
    const started = performance.now();
    const report = await compute.request(inspect, { model: { path }, digest: false });
    const named = performance.now();
    if (report.models[0]?.tensors === undefined) throw new Error("no tensors");
    const memory = (): number => Math.max(...childrenOf(process.pid).map(peakMemory));
    const namesMemory = memory();
    let first = 0;
    await compute.request(
      statistics,
      { path },
      {
        onProgress: ({ statistics: done = [] }) => {
          if (first === 0 && done.length > 0) first = performance.now();
        },
      },
    );
    return {
      namesSeconds: (named - started) / 1000,
      namesMemory,
      firstStatisticsSeconds: (first - named) / 1000,
      statisticsSeconds: (performance.now() - named) / 1000,
      statisticsMemory: memory(),
    };
  } finally {
    compute.dispose();
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const rounds: Round[] = [];
for (let i = 0; i < Number(values.rounds); i++) rounds.push(await round());
const of = (what: keyof Round): number => median(rounds.map((each) => each[what]));
console.log(`${mebibytes} MiB of ONNX with external data, median of ${rounds.length} rounds, files in the page cache:`);
console.log(`names and shapes   ${of("namesSeconds").toFixed(2)} s, peak ${of("namesMemory").toFixed(0)} MiB`);
console.log(`first statistics   ${of("firstStatisticsSeconds").toFixed(2)} s later`);
console.log(
  `all statistics     ${of("statisticsSeconds").toFixed(2)} s later, peak ${of("statisticsMemory").toFixed(0)} MiB`,
);
