/** The seam to VS Code: everything a view says to its host, and all it leaves with the editor, goes through here. */
export interface ViewHost<Intent> {
  post(intent: Intent): void;
  /** What was kept when the view was last there: before it was hidden, or before the window was reloaded. */
  kept(): unknown;
  keep(state: unknown): void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare const acquireVsCodeApi: (() => VsCodeApi) | undefined;

/** The editor's host; in a bare page one that listens to nobody and remembers nothing. To be called once. */
export function viewHost<Intent>(): ViewHost<Intent> {
  if (typeof acquireVsCodeApi === "undefined") return { post: () => {}, kept: () => undefined, keep: () => {} };
  const api = acquireVsCodeApi();
  return {
    post: (intent) => api.postMessage(intent),
    kept: () => api.getState(),
    keep: (state) => api.setState(state),
  };
}

/** Calls back with each message of the host. */
export function onMessage<Message>(take: (message: Message) => void): void {
  // Only the page around us can post here: nothing else may be loaded.
  window.addEventListener("message", ({ data }: MessageEvent<Message>) => take(data));
}
