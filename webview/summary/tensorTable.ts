import { html, LitElement, nothing, type TemplateResult } from "lit";
import { columns } from "./columns.ts";
import { sortedBy, type TableView, type TensorRow } from "./tensorRows.ts";
import { rowsInSight } from "./visibleRows.ts";

/** The view of the table was changed by a click on a column's title. */
export class TableViewEvent extends Event {
  readonly view: TableView;

  constructor(view: TableView) {
    super("table-view");
    this.view = view;
  }
}

/** A tensor was chosen, or none any more. */
export class TensorChosenEvent extends Event {
  readonly tensor: string | undefined;

  constructor(tensor: string | undefined) {
    super("tensor-chosen");
    this.tensor = tensor;
  }
}

/**
 * A table of any number of tensors that scrolls with the page. Only the rows in sight exist. One stop of the Tab key: the
 * arrows move the active row, Enter chooses it, Escape lets go. It renders into the page: `summary.css` is its style.
 */
export class TensorTable extends LitElement {
  static override properties = {
    rows: { attribute: false },
    shared: { attribute: false },
    view: { attribute: false },
    chosen: { attribute: false },
    active: { state: true },
    sight: { state: true },
  };

  declare rows: readonly TensorRow[];
  /** What all names begin with: said once. */
  declare shared: string;
  declare view: TableView;
  declare chosen: string | undefined;
  /** Position of the row that the keyboard is on. */
  declare protected active: number;
  declare protected sight: readonly [first: number, end: number];
  private readonly resizing = new ResizeObserver(() => this.look());
  private frame = 0;

  constructor() {
    super();
    this.rows = [];
    this.shared = "";
    this.active = 0;
    this.sight = [0, 40];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("scroll", this.lookSoon, { passive: true });
    window.addEventListener("resize", this.lookSoon);
    this.resizing.observe(this);
  }

  override disconnectedCallback(): void {
    window.removeEventListener("scroll", this.lookSoon);
    window.removeEventListener("resize", this.lookSoon);
    this.resizing.disconnect();
    super.disconnectedCallback();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(): void {
    this.active = Math.max(0, Math.min(this.active, this.rows.length - 1));
  }

  protected override render(): TemplateResult {
    const [first, end] = this.sight;
    const isActiveInSight = this.active >= first && this.active < end && this.rows.length > 0;
    return html`<div
      class="grid"
      role="grid"
      tabindex="0"
      aria-label="Tensors"
      aria-rowcount=${this.rows.length + 1}
      aria-colcount=${columns.length}
      aria-activedescendant=${isActiveInSight ? rowId(this.active) : nothing}
      @keydown=${this.move}
    >
      <div class="row titles" role="row" aria-rowindex="1">${columns.map((column) => this.titleCell(column))}</div>
      <div class="body" role="rowgroup">
        <div class="window" role="presentation">${this.rows.slice(first, end).map((row, i) => this.row(row, first + i))}</div>
      </div>
    </div>`;
  }

  /** Places are written through the style object, which the content security policy lets pass. */
  protected override updated(): void {
    const height = this.rowHeight();
    const body = this.querySelector<HTMLElement>(".body");
    const rows = this.querySelector<HTMLElement>(".window");
    if (body === null || rows === null) return;
    body.style.height = `${this.rows.length * height}px`;
    rows.style.transform = `translateY(${this.sight[0] * height}px)`;
    this.look();
  }

  private titleCell({ id, title, sort }: (typeof columns)[number]): TemplateResult {
    if (sort === undefined) return html`<div class="cell ${id}" role="columnheader">${title}</div>`;
    const isSorted = this.view.sort === sort;
    const order = !isSorted ? "none" : this.view.isDescending ? "descending" : "ascending";
    const arrow = !isSorted ? "" : this.view.isDescending ? "↓" : "↑";
    return html`<div class="cell ${id}" role="columnheader" aria-sort=${order}>
      <button class="sort" tabindex="-1" title="Sort by ${title.toLowerCase()}" @click=${() => this.dispatchEvent(new TableViewEvent(sortedBy(this.view, sort)))}>${title}${arrow === "" ? nothing : html`<span class="arrow" aria-hidden="true">${arrow}</span>`}</button>
    </div>`;
  }

  private row(row: TensorRow, position: number): TemplateResult {
    const isChosen = row.name === this.chosen;
    const marks = [position === this.active && "active", isChosen && "chosen", row.statistics?.nonFinite && "faulty"];
    return html`<div
      class="row ${marks.filter(Boolean).join(" ")}"
      role="row"
      id=${rowId(position)}
      aria-rowindex=${position + 2}
      aria-selected=${isChosen}
      @click=${() => this.choose(position)}
    >${columns.map(({ id, cell }) => html`<div class="cell ${id}" role="gridcell">${cell(row, this.shared)}</div>`)}</div>`;
  }

  private choose(position: number): void {
    this.active = position;
    const { name } = this.rows[position] ?? {};
    this.dispatchEvent(new TensorChosenEvent(name === this.chosen ? undefined : name));
  }

  private readonly move = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(window.innerHeight / this.rowHeight()) - 4);
    const last = this.rows.length - 1;
    const target: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: last,
    };
    const to = target[event.key];
    if (to !== undefined) {
      this.active = Math.max(0, Math.min(last, to));
      this.reveal();
    } else if (event.key === "Enter" || event.key === " ") this.choose(this.active);
    else if (event.key === "Escape") this.dispatchEvent(new TensorChosenEvent(undefined));
    else return;
    event.preventDefault();
  };

  /** Brings the active row into sight, clear of what sticks to the window's edges. */
  private reveal(): void {
    const height = this.rowHeight();
    const titles = this.querySelector(".titles")?.getBoundingClientRect().height ?? 0;
    const body = this.querySelector(".body")?.getBoundingClientRect().top ?? 0;
    const covered = Number.parseFloat(getComputedStyle(this).getPropertyValue("--covered-below")) || 0;
    const top = body + this.active * height;
    const room = window.innerHeight - covered;
    if (top < titles) window.scrollBy(0, top - titles);
    else if (top + height > room) window.scrollBy(0, top + height - room);
    this.look();
  }

  private readonly lookSoon = (): void => {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.look());
  };

  private look(): void {
    const top = this.querySelector(".body")?.getBoundingClientRect().top ?? 0;
    const [first, end] = rowsInSight(top, this.rowHeight(), this.rows.length, window.innerHeight);
    if (first !== this.sight[0] || end !== this.sight[1]) this.sight = [first, end];
  }

  /** CSS pixels; a narrow page gives each tensor two lines. */
  private rowHeight(): number {
    const row = this.querySelector(".titles");
    return Number.parseFloat(row === null ? "" : getComputedStyle(row).getPropertyValue("--row-height")) || 26;
  }
}

function rowId(position: number): string {
  return `tensor-${position}`;
}

customElements.define("tensor-table", TensorTable);
