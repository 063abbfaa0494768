import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Program } from "../shared/program.ts";
import { alternate } from "../shared/rounds.ts";
import { machine } from "../shared/tables.ts";
import { prepareSteps, startOurSteps, startTorchSteps } from "./stepPrograms.ts";
import { stepSection } from "./stepSection.ts";
import { type StepAnswer, type StepScenario, stepScenarios } from "./steps.ts";

const root = join(import.meta.dirname, "../../..");
const { values: options } = parseArgs({
  options: {
    scenario: { type: "string", default: stepScenarios.map(({ id }) => id).join() },
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: "python3" },
    cache: { type: "string", default: join(root, "test/.cache/networks") },
    json: { type: "string" },
    foreign: { type: "string", default: "0.05" },
  },
});
const raw: Record<string, unknown> = {};

console.log(machine());
for (const id of options.scenario.split(",")) {
  const found = stepScenarios.find((scenario) => scenario.id === id);
  if (found === undefined)
    throw new Error(`No scenario ${id}: there are ${stepScenarios.map((s) => s.id).join(", ")}.`);
  raw[id] = await measure(found);
}
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(raw));

async function measure(scenario: StepScenario): Promise<unknown> {
  prepareSteps(scenario, options);
  const programs: Program<StepAnswer>[] = [];
  try {
    programs.push(await startOurSteps(scenario, options));
    programs.push(await startTorchSteps(scenario, options));
    const rounds = await alternate(programs, Number(options.rounds), Number(options.foreign));
    console.log(stepSection(scenario, programs, rounds));
    return { programs: programs.map(({ name }) => name), rounds: rounds.kept };
  } finally {
    for (const program of programs) program.stop();
  }
}
