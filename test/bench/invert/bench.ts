import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sharedFolder } from "../../real/shared.ts";
import type { Program } from "../shared/program.ts";
import { alternate } from "../shared/rounds.ts";
import { machine } from "../shared/tables.ts";
import { type FastFindings, fastSection, measureFast } from "./fast.ts";
import { prepareSteps, startOurSteps, startTorchSteps } from "./stepPrograms.ts";
import { stepSection } from "./stepSection.ts";
import { type StepAnswer, type StepScenario, stepScenarios } from "./steps.ts";
import { type SubjectChoice, subjects } from "./subject.ts";

/**
 * Measures inversion, and prints Markdown for `docs/benchmarks.md`: one step against PyTorch's autograd, and the preset
 * `fast` against `jones`. Linux only, on a machine where nothing else runs.
 *
 *     node test/bench/invert/bench.ts [--scenario steps,fast] [--rounds 7] [--repetitions 5] [--python python3]
 *                                     [--cache DIR] [--json FILE]
 *                                     [--foreign 0.05]   (load of others that a round may see; 2 takes every round)
 *
 * Scenarios are `steps`, `fast`, or single ones by their ids: `cifar-b32,64-b32,…`, `tiny10,resnet20`. `steps` takes about
 * eight minutes, `fast` about six once its 2000 steps of `jones` are in the cache; before that, twenty more. `fast` needs
 * the real networks beside the repository.
 */
const root = join(import.meta.dirname, "../../..");
const { values: options } = parseArgs({
  options: {
    scenario: { type: "string", default: "steps,fast" },
    rounds: { type: "string", default: "7" },
    repetitions: { type: "string", default: "5" },
    python: { type: "string", default: "python3" },
    cache: { type: "string", default: join(root, "test/.cache") },
    json: { type: "string" },
    foreign: { type: "string", default: "0.05" },
  },
});
const workplace = { python: options.python, cache: join(options.cache, "networks") };
const raw: Record<string, unknown> = {};

console.log(machine());
for (const id of options.scenario.split(",").flatMap(idsOf)) {
  const [step, subject] = [stepScenarios.find((each) => each.id === id), subjects.find((each) => each.id === id)];
  if (step) raw[id] = await measureSteps(step);
  else if (subject) raw[id] = await measureSubject(subject);
  else
    throw new Error(`No scenario ${id}: there are steps, fast, ${[...idsOf("steps"), ...idsOf("fast")].join(", ")}.`);
}
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(raw));

function idsOf(id: string): readonly string[] {
  if (id === "steps") return stepScenarios.map((scenario) => scenario.id);
  return id === "fast" ? subjects.map((subject) => subject.id) : [id];
}

async function measureSteps(scenario: StepScenario): Promise<unknown> {
  prepareSteps(scenario, workplace);
  const programs: Program<StepAnswer>[] = [];
  try {
    programs.push(await startOurSteps(scenario, workplace));
    programs.push(await startTorchSteps(scenario, workplace));
    const rounds = await alternate(programs, Number(options.rounds), Number(options.foreign));
    console.log(stepSection(scenario, programs, rounds));
    return { programs: programs.map(({ name }) => name), rounds: rounds.kept };
  } finally {
    for (const program of programs) program.stop();
  }
}

async function measureSubject(subject: SubjectChoice): Promise<FastFindings> {
  const shared = sharedFolder();
  if (shared === undefined) throw new Error("The real networks are not beside the repository.");
  const descriptor = mkdtempSync(join(tmpdir(), "likeness-bench-"));
  try {
    const folders = { assets: join(shared, "assets"), descriptor, inversions: join(options.cache, "inversions") };
    const findings = await measureFast(subject, Number(options.repetitions), folders);
    console.log(fastSection(subject, findings));
    return findings;
  } finally {
    rmSync(descriptor, { recursive: true });
  }
}
