import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { controversialLoss } from "../../core/methods/controversial.ts";
import { MomentumDescent } from "../../core/methods/inversion/momentumDescent.ts";
import { jonesRule } from "../../core/methods/inversion/presets.ts";
import { median } from "../../core/methods/inversion/residuals.ts";
import type { ControversialInversions } from "../../core/report/report.ts";
import { nextTurn } from "../jobs/exhaust.ts";
import type { Asked } from "./asked.ts";
import { inBytes } from "./frames.ts";
import { fileStems, pictureName, writing } from "./pictures.ts";
import { png } from "./png.ts";
import type { Side } from "./side.ts";
import { type StepRunner, stepRunner } from "./stepRunner.ts";
import type { Workplace } from "./workplace.ts";

/** Steps at most: residuals of a twentieth take a hundred. */
const mostSteps = 200;

/** Steps of each image, in each of the two models of an ordered pair. */
export function controversialSteps({ steps }: { readonly steps: number }): number {
  return Math.min(mostSteps, steps);
}

/** Who is to see the targets, and who is not. */
interface Sides {
  readonly seeing: Side;
  readonly missing: Side;
}

/** The image of least loss so far, and both residuals there. */
interface Controversial {
  readonly descent: MomentumDescent;
  matched: number;
  avoided: number;
}

/**
 * For each ordered pair of models, descends from the seeds of the first repeat to images that the one takes for the
 * targets and the other does not ({@link controversialLoss}).
 * @throws Failure of gradients, `inversion/cannot-write`; the signal's reason, between two runs.
 */
export async function controversial(
  asked: Asked,
  sides: readonly Side[],
  place: Workplace,
): Promise<ControversialInversions> {
  const { params, names, probe } = asked;
  const matched: (number | null)[][] = sides.map(() => sides.map(() => null));
  const avoided: (number | null)[][] = sides.map(() => sides.map(() => null));
  const pictures: string[][][] = sides.map(() => sides.map(() => []));
  const stems = fileStems(names);
  for (const [i, seeing] of sides.entries()) {
    for (const [j, missing] of sides.entries()) {
      if (i === j) continue;
      const found = await between({ seeing, missing }, asked, place);
      matched[i]![j] = median(found.map((each) => each.matched));
      avoided[i]![j] = median(found.map((each) => each.avoided));
      const folder = params.images;
      if (folder === undefined) continue;
      await writing(folder, async () => {
        for (const [pair, { descent }] of found.entries()) {
          const file = pictureName(pair, found.length, `${stems[i]}-not-${stems[j]}`);
          await writeFile(join(folder, file), png([inBytes(descent.best)], probe.sampleShape));
          pictures[i]![j]!.push(file);
        }
      });
    }
  }
  return { matched, avoided, ...(params.images !== undefined && { pictures }) };
}

async function between(
  sides: Sides,
  asked: Asked,
  { backend, frame, job }: Workplace,
): Promise<readonly Controversial[]> {
  const { setting, params, targets, seed } = asked;
  const steps = controversialSteps(setting);
  const runnerOf = ({ model, tap }: Side) =>
    frame.load(() => stepRunner(backend, model, tap, setting.rectifier, params.batch));
  const runners: StepRunner[] = [];
  try {
    for (const side of [sides.seeing, sides.missing]) runners.push(await runnerOf(side));
    const batch = Math.min(...runners.map((runner) => runner.batch));
    const images = targets.map(
      (_, pair): Controversial => ({
        descent: new MomentumDescent(jonesRule, seed(pair), steps),
        matched: 0,
        avoided: 0,
      }),
    );
    for (let start = 0; start < images.length; start += batch) {
      const company = images.slice(start, start + batch);
      while (company.some(({ descent }) => !descent.done)) {
        const done = start * (steps + 1) + company.reduce((sum, { descent }) => sum + descent.history.length, 0);
        const phase = `Looking for what ${sides.seeing.name} sees and ${sides.missing.name} does not`;
        job.report({ phase, done, total: images.length * (steps + 1) });
        await frame.forward(() => step(company, start, sides, runners, job.signal));
      }
    }
    return images;
  } finally {
    for (const runner of runners) await runner.release();
  }
}

/** One evaluation of all images that are not done. */
async function step(
  company: readonly Controversial[],
  start: number,
  { seeing, missing }: Sides,
  [first, second]: readonly StepRunner[],
  signal: AbortSignal,
): Promise<void> {
  const active = [...company.entries()].filter(([, { descent }]) => !descent.done);
  const wanted = ({ targets, tap }: Side) =>
    active.map(([k, { descent }]) => {
      const pair = start + k;
      return { point: descent.point, target: targets.rows.subarray(pair * tap.width, (pair + 1) * tap.width) };
    });
  const seen = await first!.run(wanted(seeing));
  await turn(signal);
  const missed = await second!.run(wanted(missing));
  await turn(signal);
  for (const [k, [, image]] of active.entries()) {
    const loss = controversialLoss(seen[k]!, missed[k]!);
    const least = image.descent.residual;
    image.descent.take(loss.residual, loss.gradient);
    if (image.descent.residual < least) {
      image.matched = seen[k]!.residual;
      image.avoided = missed[k]!.residual;
    }
  }
}

async function turn(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}
