/** What went wrong: what, where, and what to do about it. */
import { html, nothing, type TemplateResult } from "lit";
import type { FailureRecord } from "../../src/core/failure.ts";

export interface Remedies {
  retry(): void;
  /** What else may help, as buttons. */
  readonly others?: TemplateResult | typeof nothing;
  readonly showLog: (() => void) | undefined;
}

export function failureNotice(
  { code, message, file, hint }: FailureRecord,
  { retry, others = nothing, showLog }: Remedies,
): TemplateResult {
  return html`<section class="failure" role="alert" title=${code}>
    <p class="message">${message}</p>
    ${file === undefined || message.includes(file) ? nothing : html`<p class="file">${file}</p>`}
    ${hint === undefined ? nothing : html`<p>${hint}</p>`}
    <div class="remedies">
      ${others}
      <button class=${others === nothing ? "primary" : ""} @click=${retry}>Retry</button>
      ${showLog === undefined ? nothing : html`<button @click=${showLog}>Show Log</button>`}
    </div>
  </section>`;
}
