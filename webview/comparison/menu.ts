import { html, LitElement, type TemplateResult } from "lit";

export interface MenuItem {
  readonly label: string;
  readonly note: string;
  choose(): void;
}

/**
 * A button that opens a list of actions: arrows move in it, Escape or a click elsewhere closes it and gives the focus
 * back. It renders into the document: the page's style is its style.
 */
export class ActionMenu extends LitElement {
  static override properties = { label: {}, items: { attribute: false }, isOpen: { state: true } };

  declare label: string;
  declare items: readonly MenuItem[];
  declare protected isOpen: boolean;

  constructor() {
    super();
    this.label = "";
    this.items = [];
    this.isOpen = false;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { isOpen, label } = this;
    return html`<button
        class="opener"
        aria-haspopup="menu"
        aria-expanded=${isOpen}
        popovertarget="menu-${label}"
        @keydown=${(event: KeyboardEvent) => this.#onOpenerKey(event)}
      >${label}<svg width="10" height="6" aria-hidden="true"><path d="M1 1 5 5 9 1"></path></svg></button>
      <div
        id="menu-${label}"
        class="menu"
        role="menu"
        aria-label=${label}
        popover
        @toggle=${(event: ToggleEvent) => this.#onToggle(event.newState === "open")}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      >${this.items.map(
        (item) => html`<button role="menuitem" tabindex="-1" @click=${() => this.#choose(item)}>
          <span>${item.label}</span><span class="note">${item.note}</span>
        </button>`,
      )}</div>`;
  }

  get #menu(): HTMLElement {
    return this.querySelector<HTMLElement>(".menu")!;
  }

  #choose(item: MenuItem): void {
    this.#menu.hidePopover();
    item.choose();
  }

  #onToggle(isOpen: boolean): void {
    this.isOpen = isOpen;
    // The event comes late: by then a key may have moved on.
    if (isOpen && !this.#menu.contains(document.activeElement)) this.#focus(0);
  }

  #onOpenerKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" || this.#menu.matches(":popover-open")) return;
    event.preventDefault();
    this.#menu.showPopover();
    this.#focus(0);
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.items.length - 1;
    const at = [...this.#menu.children].indexOf(document.activeElement!);
    const to = new Map([
      ["ArrowDown", at === last ? 0 : at + 1],
      ["ArrowUp", at <= 0 ? last : at - 1],
      ["Home", 0],
      ["End", last],
    ]).get(event.key);
    if (to !== undefined) {
      event.preventDefault();
      this.#focus(to);
    } else if (event.key === "Tab") this.#menu.hidePopover();
  }

  #focus(index: number): void {
    (this.#menu.children[index] as HTMLElement | undefined)?.focus();
  }
}

customElements.define("action-menu", ActionMenu);
