import { html, nothing, type TemplateResult } from "lit";

/** The line at the top edge. Without a share it is indeterminate. */
export function progressLine(share: number | undefined): TemplateResult {
  return html`<progress aria-label="Progress" max="100" value=${share === undefined ? nothing : Math.round(share * 100)}></progress>`;
}
