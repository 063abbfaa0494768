/** The panel of inversions: states come down from the host, intents go up. */
import type { InversionIntent, InversionState } from "../../src/protocol/view.ts";
import { onMessage, viewHost } from "../shared/vscodeHost.ts";
import "./inversion.css";
import { LikenessInversion } from "./panel.ts";

const host = viewHost<InversionIntent>();
const panel = new LikenessInversion(host);
document.body.append(panel);
onMessage<InversionState>((state) => {
  if (state.type === "inversion") panel.state = state;
});
host.post({ type: "ready" });
