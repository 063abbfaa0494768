/** How the residual falls, model by model: what there is to see while it runs. */
import { html, nothing, type TemplateResult } from "lit";
import { convergedBelow, type ResidualCurve } from "../../src/core/methods/inversion/residuals.ts";
import { count } from "../../src/core/report/format.ts";
import { chart } from "./chart.ts";
import type { SideName } from "./sides.ts";

/** By model; nothing before the first has begun. */
export function residualCurves(
  curves: readonly (ResidualCurve | null)[],
  sides: readonly SideName[],
): TemplateResult | typeof nothing {
  const known = curves.flatMap((curve, i) => (curve === null || curve.steps.length === 0 ? [] : [{ curve, i }]));
  if (known.length === 0) return nothing;
  const steps = Math.max(1, ...known.map(({ curve }) => curve.steps.at(-1) ?? 0));
  const values = known.flatMap(({ curve }) => curve.median.filter((value) => value > 0));
  const low = Math.min(convergedBelow, ...values);
  const high = Math.max(1, ...values);
  const [from, to] = [low * 0.7, high * 1.3];
  const last = known.map(({ curve, i }) => `${sides[i]?.name} ${(curve.median.at(-1) ?? 0).toPrecision(2)}`);
  return html`<section class="curves" aria-label="Residuals">
    <div class="heading"><h2>How the residual falls</h2></div>
    ${chart({
      description: `Median residual over the steps, now ${last.join(", ")}`,
      lines: known.map(({ curve, i }) => ({
        mark: sides[i]?.mark ?? "",
        style: i,
        points: curve.steps.map((step, k): [number, number] => [step, Math.max(low, curve.median[k] ?? low)]),
      })),
      x: { from: 0, to: steps, ticks: [0, Math.round(steps / 2), steps].map((step) => [step, count(step)]) },
      y: {
        from,
        to,
        ticks: decades(from, to).map((at) => [at, String(Number(at.toPrecision(1)))]),
        isLogarithmic: true,
      },
      level: { at: convergedBelow, label: "converged" },
    })}
    <p class="note caption">Median over the images of ‖Rep(x) − Rep(target)‖ / ‖Rep(target)‖, by step</p>
  </section>`;
}

function decades(from: number, to: number): readonly number[] {
  const [low, high] = [Math.ceil(Math.log10(from)), Math.floor(Math.log10(to))];
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}
