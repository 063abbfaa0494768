import { createMessageConnection } from "vscode-jsonrpc";
import { IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";
import { yieldToOthers } from "./courtesy.ts";
import { architectures } from "./jobs/architectures.ts";
import { check } from "./jobs/check.ts";
import { compare } from "./jobs/compare.ts";
import { diff } from "./jobs/diff.ts";
import { inspect } from "./jobs/inspect.ts";
import { inversionCosts } from "./jobs/inversionCosts.ts";
import { invert } from "./jobs/invert.ts";
import { measure } from "./jobs/measure.ts";
import { run } from "./jobs/run.ts";
import { statistics } from "./jobs/statistics.ts";
import { store } from "./jobs/store.ts";
import { serve } from "./server.ts";

/** Entry point of the compute process, which lives as long as the IPC channel to whoever forked it. */

process.title = "likeness-compute";
// Ctrl-C in a terminal reaches every process of the group; whoever forked us decides what it means.
process.on("SIGINT", () => {});
// When whoever forked us dies, so do we: at once between two native calls, else when the call in progress is over.
process.on("disconnect", () => process.exit());
yieldToOthers();

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
serve(connection, {
  architectures,
  check,
  compare,
  diff,
  inspect,
  inversionCosts,
  invert,
  measure,
  run,
  statistics,
  store,
});
