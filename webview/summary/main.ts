/** The summary of a checkpoint in the editor: shows what the host knows, tells it what the user wants. */
import type { SummaryIntent, SummaryProgress, SummaryState } from "../../src/protocol/view.ts";
import { onMessage, viewHost } from "../shared/vscodeHost.ts";
import { CheckpointSummary, type SummaryIntentEvent, type SummaryView } from "./page.ts";
import "./summary.css";

/** What is there again when the editor shows the view after it was hidden. */
interface Kept {
  readonly view: SummaryView;
  readonly scroll: number;
}

const host = viewHost<SummaryIntent>();
const kept = host.kept() as Kept | undefined;
const page = new CheckpointSummary();
if (kept !== undefined) page.view = { ...page.view, ...kept.view };
const keep = (): void => host.keep({ view: page.view, scroll: window.scrollY } satisfies Kept);

page.addEventListener("intent", (event) => host.post((event as SummaryIntentEvent).intent));
page.addEventListener("view-changed", keep);
window.addEventListener("scrollend", keep);

let isRestored = false;
onMessage<SummaryState | SummaryProgress>(async (message) => {
  const state = message.type === "summary" ? message : continued(page.state, message);
  if (state === undefined) return host.post({ type: "ready" });
  page.state = state;
  await page.updateComplete;
  if (state.model !== undefined && !isRestored) {
    isRestored = true;
    // The table has its height only when it has been laid out.
    requestAnimationFrame(() => window.scrollTo(0, kept?.scroll ?? 0));
  }
  document.body.setAttribute("data-ready", "true");
});

document.body.append(page);
host.post({ type: "ready" });

/** The state with what was read since; nothing where a message between was lost. */
function continued(state: SummaryState | undefined, { from, ...progress }: SummaryProgress): SummaryState | undefined {
  if (state?.statistics.length !== from) return undefined;
  const { statisticsStatus } = progress;
  return { ...state, statistics: [...state.statistics, ...progress.statistics], statisticsStatus };
}
