import { html, type TemplateResult } from "lit";

/** A module path that may be broken after its dots, before anything else has to give. */
export function breakable(name: string): TemplateResult {
  const parts = name.split(".");
  return html`${parts.map((part, i) => (i === 0 ? part : html`.<wbr>${part}`))}`;
}
