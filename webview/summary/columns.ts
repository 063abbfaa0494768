/** The columns of the table of tensors. */
import { html, nothing, type TemplateResult } from "lit";
import { count } from "../../src/core/report/format.ts";
import type { TensorStatistics } from "../../src/protocol/view.ts";
import { histogram } from "./histogram.ts";
import { significant } from "./numbers.ts";
import type { SortKey, TensorRow } from "./tensorRows.ts";

export interface Column {
  /** Class of its cells, by which narrow pages leave some out. */
  readonly id: string;
  readonly title: string;
  readonly sort?: SortKey;
  /** @param shared what all names of the table begin with, which is not repeated. */
  readonly cell: (row: TensorRow, shared: string) => string | TemplateResult | typeof nothing;
}

export const columns: readonly Column[] = [
  { id: "name", title: "Name", sort: "name", cell: ({ name }, shared) => tensorName(name, shared) },
  { id: "dtype", title: "Type", sort: "dtype", cell: ({ dtype }) => dtype },
  { id: "shape", title: "Shape", sort: "elements", cell: ({ shape }) => html`<span title=${shape}>${shape}</span>` },
  { id: "elements", title: "Elements", sort: "elements", cell: ({ elements }) => count(elements) },
  { id: "minimum", title: "Min", sort: "minimum", cell: ({ statistics }) => figure(statistics?.minimum) },
  { id: "mean", title: "Mean", sort: "mean", cell: ({ statistics }) => figure(statistics?.mean) },
  { id: "maximum", title: "Max", sort: "maximum", cell: ({ statistics }) => figure(statistics?.maximum) },
  { id: "deviation", title: "Std", sort: "deviation", cell: ({ statistics }) => figure(statistics?.standardDeviation) },
  {
    id: "distribution",
    title: "Distribution",
    cell: ({ statistics }) => (statistics ? distribution(statistics) : nothing),
  },
  { id: "non-finite", title: "NaN, ∞", sort: "nonFinite", cell: ({ statistics }) => nonFinite(statistics) },
];

/** A name whose end stays in sight where it is too long: paths begin alike and differ at their end. */
function tensorName(name: string, shared: string): TemplateResult {
  const own = name.slice(shared.length);
  const last = own.lastIndexOf(".", own.lastIndexOf(".") - 1) + 1;
  return html`<bdi title=${name}><span class="head">${own.slice(0, last)}</span>${own.slice(last)}</bdi>`;
}

/** Nothing while it is not known, a dash where there is none. */
function figure(value: number | null | undefined): string {
  return value === undefined ? "" : significant(value);
}

/** The histogram, or that the elements could not be read. */
function distribution(statistics: TensorStatistics): TemplateResult | typeof nothing {
  if (statistics.unread === undefined) return histogram(statistics, 96, 18);
  return html`<span class="note" title=${statistics.unread}>not decoded</span>`;
}

function nonFinite(statistics: TensorStatistics | undefined): string | TemplateResult {
  if (statistics === undefined) return "";
  if (statistics.unread !== undefined) return significant(null);
  return statistics.nonFinite === 0 ? "0" : html`<strong>${count(statistics.nonFinite)}</strong>`;
}
