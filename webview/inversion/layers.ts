/** The same question at several layers: natural and inverted similarity of two models, layer by layer. */
import { html, nothing, type TemplateResult } from "lit";
import { measureValue } from "../../src/core/report/format.ts";
import type { InversionReport, InvertedLayer } from "../../src/core/report/report.ts";
import { breakable } from "../shared/names.ts";
import { chart } from "./chart.ts";
import type { SideName } from "./sides.ts";

/** Lines of an ordered pair over the layers that were inverted; nothing where there was one. */
export function layerLines(
  inversion: InversionReport,
  sides: readonly SideName[],
  { inverting: i, other: j }: { readonly inverting: number; readonly other: number },
  isBiased: boolean,
): TemplateResult | typeof nothing {
  const { layers: earlier = [] } = inversion;
  const all: readonly InvertedLayer[] = [...earlier, inversion];
  if (all.length < 2) return nothing;
  const kind = isBiased ? "biased" : "unbiased";
  const rows = all.map(({ taps, cka, trusted }) => ({
    name: taps[i] ?? "",
    natural: cka.natural[kind][i]?.[j] ?? null,
    inverted: cka.jones[kind][i]?.[j] ?? null,
    isTrusted: trusted[i] === true,
  }));
  const line = (values: readonly (number | null)[], mark: string, style: number) => ({
    mark,
    style,
    points: values.flatMap((value, k): [number, number][] => (value === null ? [] : [[k, value]])),
  });
  return html`<section class="by-layer" aria-label="By layer">
    <div class="heading"><h2>By layer</h2><span class="note">what ${sides[i]?.name} uses there, to ${sides[j]?.name}</span></div>
    <div class="beside">${chart({
      description: "Similarity on natural data and on what the first network uses, by inverted layer",
      lines: [
        line(
          rows.map(({ natural }) => natural),
          "natural",
          2,
        ),
        line(
          rows.map(({ inverted }) => inverted),
          "own",
          0,
        ),
      ],
      x: { from: 0, to: rows.length - 1, ticks: [] },
      y: {
        from: 0,
        to: 1,
        ticks: [
          [0, "0"],
          [0.5, "0.5"],
          [1, "1"],
        ],
      },
    })}
    <div class="scroll" tabindex="0" role="region" aria-label="Layers that were inverted"><table>
      <thead><tr><th scope="col">Layer</th><th scope="col" class="number">Natural</th><th scope="col" class="number">Its own</th></tr></thead>
      <tbody>${rows.map(
        ({ name, natural, inverted, isTrusted }) => html`<tr>
          <th scope="row">${breakable(name)}</th><td class="number">${measureValue(natural)}</td>
          <td class="number">${measureValue(inverted)}${isTrusted ? nothing : html` <span class="caution">not trustworthy</span>`}</td></tr>`,
      )}</tbody>
    </table></div></div>
  </section>`;
}
