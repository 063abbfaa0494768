/** The comparison panel: states come down from the host, intents go up. */
import type { ComparisonIntent, ComparisonState, OpenPair } from "../../src/protocol/view.ts";
import { onMessage, viewHost } from "../shared/vscodeHost.ts";
import "./comparison.css";
import { LikenessComparison } from "./panel.ts";

const host = viewHost<ComparisonIntent>();
const panel = new LikenessComparison(host);
document.body.append(panel);
onMessage<ComparisonState | OpenPair>((message) => {
  if (message.type === "comparison") panel.state = message;
  else panel.openPair(message);
});
host.post({ type: "ready" });
