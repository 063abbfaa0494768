import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { alternate } from "../shared/rounds.ts";
import { machine } from "../shared/tables.ts";
import { claims } from "./claims.ts";
import type { ComparisonProgram } from "./comparisonAnswer.ts";
import { startEngine } from "./engine.ts";
import { section } from "./markdown.ts";
import { startSmartPeer, startTorchCka } from "./peers.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { prepare, startForward } from "./workplace.ts";

/**
 * Measures our comparison against the forward passes alone and against PyTorch, and prints Markdown for
 * `docs/benchmarks.md`. Linux only, on a machine where nothing else runs.
 *
 *     node test/bench/compare/bench.ts [--scenario convs,all,all64,store] [--rounds 7] [--programs ours,smart,torch_cka]
 *                                      [--python python3] [--cache DIR] [--entry FILE] [--json FILE]
 *                                      [--samples N] [--batch N] [--foreign 0.05]   (to see that it works anywhere)
 */
const root = join(import.meta.dirname, "../../..");
const { values: options } = parseArgs({
  options: {
    scenario: { type: "string", default: "convs,all,store" },
    rounds: { type: "string", default: "7" },
    programs: { type: "string", default: "ours,smart,torch_cka" },
    python: { type: "string", default: "python3" },
    cache: { type: "string", default: join(root, "test/.cache/networks") },
    entry: { type: "string", default: join(root, "dist/compute.cjs") },
    json: { type: "string" },
    samples: { type: "string" },
    batch: { type: "string" },
    foreign: { type: "string", default: "0.05" },
  },
});
const chosen = new Set(options.programs.split(","));
const raw: Record<string, unknown> = {};

console.log(machine());
for (const id of options.scenario.split(",")) {
  const found = scenarios.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`No scenario ${id}: there are ${scenarios.map((s) => s.id).join(", ")}.`);
  raw[id] = await measure({
    ...found,
    samples: Number(options.samples ?? found.samples),
    batch: Number(options.batch ?? found.batch),
  });
}
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(raw));

async function measure(scenario: Scenario): Promise<unknown> {
  prepare(scenario, options);
  const programs: ComparisonProgram[] = [];
  const start = async (program: Promise<ComparisonProgram>): Promise<number> => programs.push(await program) - 1;
  try {
    const forward = await start(startForward(scenario, options));
    const ours = chosen.has("ours") ? await start(startEngine(scenario, options.entry, options.cache)) : undefined;
    const peers = !scenario.stored;
    const smart = peers && chosen.has("smart") ? await start(startSmartPeer(scenario, options)) : undefined;
    const torchCka = peers && chosen.has("torch_cka") ? await start(startTorchCka(scenario, options)) : undefined;
    const rounds = await alternate(programs, Number(options.rounds), Number(options.foreign));
    const claimed = claims(rounds.kept, { forward, ours, smart, torchCka }, scenario.stored);
    console.log(section(scenario, programs, rounds, claimed));
    return { programs: programs.map(({ name }) => name), rounds: rounds.kept };
  } finally {
    for (const program of programs) program.stop();
  }
}
