import * as vscode from "vscode";

/** The output channel *Likeness*. Lines that come after the end, as a dying process writes them, are dropped. */
export class Log implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel("Likeness", { log: true });
  private closed = false;

  info(line: string): void {
    if (!this.closed) this.channel.info(line);
  }

  warn(line: string): void {
    if (!this.closed) this.channel.warn(line);
  }

  /** Anything thrown; with the stack where it is a defect of ours. */
  error(error: unknown): void {
    if (this.closed) return;
    if (error instanceof Error) this.channel.error(error);
    else this.channel.error(String(error));
  }

  show(): void {
    this.channel.show();
  }

  dispose(): void {
    this.closed = true;
    this.channel.dispose();
  }
}
