import { html, nothing, svg, type TemplateResult } from "lit";
import type { TensorStatistics } from "../../src/protocol/view.ts";
import { significant } from "./numbers.ts";

/** How a tensor's elements are spread, as a small picture: equal bins from minimum to maximum, and a line where 0 is. */
export function histogram(
  statistics: TensorStatistics,
  width: number,
  height: number,
): TemplateResult | typeof nothing {
  const { histogram: bins, minimum, maximum } = statistics;
  if (minimum === null || maximum === null) return nothing;
  const zero = minimum < 0 && maximum > 0 ? (width * -minimum) / (maximum - minimum) : undefined;
  return html`<svg class="histogram" width=${width} height=${height} viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label=${described(statistics)}>
    <path class="bars" d=${minimum === maximum ? spike(width, height) : bars(bins, width, height)}></path>
    <path class="ground" d="M0 ${height - 0.5}H${width}"></path>
    ${zero === undefined ? nothing : svg`<path class="zero" d="M${zero.toFixed(1)} 0V${height}"></path>`}
  </svg>`;
}

function bars(bins: readonly number[], width: number, height: number): string {
  const highest = Math.max(...bins);
  const step = width / bins.length;
  return bins
    .map((count, bin) => {
      if (count === 0) return "";
      // A bin with anything in it is seen, however little it is beside the others.
      const bar = Math.max(1, (count / highest) * (height - 1));
      return `M${(bin * step).toFixed(2)} ${height}v${(-bar).toFixed(2)}h${step.toFixed(2)}V${height}z`;
    })
    .join("");
}

/** All elements are equal: one bar, in the middle, since there is no range to place it in. */
function spike(width: number, height: number): string {
  return `M${width / 2 - 1.5} ${height}v${1 - height}h3V${height}z`;
}

function described({ minimum, maximum, mean }: TensorStatistics): string {
  if (minimum === maximum) return `all ${significant(minimum)}`;
  return `from ${significant(minimum)} to ${significant(maximum)}, mean ${significant(mean)}`;
}
