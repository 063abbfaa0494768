/** Where the reading of the weights stands, with what can be done about it. */
import { html, nothing, type TemplateResult } from "lit";
import { percent } from "../../src/core/report/format.ts";
import type { SummaryIntent, WorkStatus } from "../../src/protocol/view.ts";

export function statisticsProgress(
  status: WorkStatus,
  post: (intent: SummaryIntent) => void,
): TemplateResult | typeof nothing {
  const button = (title: string, type: "cancel" | "retry" | "showLog") =>
    html`<button class="link" @click=${() => post({ type })}>${title}</button>`;
  switch (status.kind) {
    case "running": {
      const share = status.total ? (status.done ?? 0) / status.total : 0;
      return html`<span class="progress">
        <label><span>${status.phase}</span> <progress max="1" .value=${share}></progress> <span class="share">${percent(share)}</span></label>
        ${button("Cancel", "cancel")}
      </span>`;
    }
    case "done":
      return nothing;
    case "cancelled":
      return html`<span class="progress">Statistics are not complete. ${button("Read Weights", "retry")}</span>`;
    case "failed":
      return html`<span class="progress failed" title=${status.failure.hint ?? ""}>${status.failure.message} ${button("Try Again", "retry")} ${button("Show Log", "showLog")}</span>`;
  }
}
