/** What went wrong: what, where, and what to do about it. */
import { html, nothing, type TemplateResult } from "lit";
import type { FailureRecord } from "../../src/core/failure.ts";

export interface Remedies {
  retry(): void;
  readonly showLog: (() => void) | undefined;
}

export function failureNotice(
  { code, message, file, hint }: FailureRecord,
  { retry, showLog }: Remedies,
): TemplateResult {
  return html`<section class="failure" role="alert" title=${code}>
    <p class="message">${message}</p>
    ${file === undefined || message.includes(file) ? nothing : html`<p class="file">${file}</p>`}
    ${hint === undefined ? nothing : html`<p>${hint}</p>`}
    <div class="remedies">
      <button class="primary" @click=${retry}>Retry</button>
      ${showLog === undefined ? nothing : html`<button @click=${showLog}>Show Log</button>`}
    </div>
  </section>`;
}
