import { html, type TemplateResult } from "lit";

/** One of a few choices of which one holds. Arrow keys go to the next, as in every radio group. */
export function segment(label: string | TemplateResult, isChosen: boolean, choose: () => void): TemplateResult {
  return html`<button type="button" role="radio" aria-checked=${isChosen} tabindex=${isChosen ? 0 : -1} @click=${choose} @keydown=${moveSegment}>${label}</button>`;
}

function moveSegment(event: KeyboardEvent): void {
  const by = new Map([
    ["ArrowRight", 1],
    ["ArrowDown", 1],
    ["ArrowLeft", -1],
    ["ArrowUp", -1],
  ]).get(event.key);
  const own = event.currentTarget as HTMLElement;
  if (by === undefined || own.parentElement === null) return;
  event.preventDefault();
  const all = [...own.parentElement.children] as HTMLElement[];
  const next = all[(all.indexOf(own) + by + all.length) % all.length];
  next?.click();
  next?.focus();
}
