import type { CancellationToken } from "vscode-jsonrpc";
import { Failure } from "../core/failure.ts";

/** A connection's cancellation token as an `AbortSignal`, the form that the rest of the process knows. */
export function abortSignal(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Failure("cancelled", "Cancelled."));
  if (token.isCancellationRequested) abort();
  else token.onCancellationRequested(abort);
  return controller.signal;
}
