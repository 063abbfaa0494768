import type * as vscode from "vscode";

/** Things to be disposed of together, last first. What is added after that is disposed of at once. */
export class Disposables implements vscode.Disposable {
  private readonly items: vscode.Disposable[] = [];
  private disposed = false;

  add<Item extends vscode.Disposable>(item: Item): Item {
    if (this.disposed) item.dispose();
    else this.items.push(item);
    return item;
  }

  dispose(): void {
    this.disposed = true;
    for (const item of this.items.splice(0).reverse()) item.dispose();
  }
}

/** Fires when either of two events does. */
export function eitherOf(one: vscode.Event<unknown>, other: vscode.Event<unknown>): vscode.Event<void> {
  return (listener, self, disposables) => {
    const both = new Disposables();
    for (const event of [one, other]) both.add(event(() => listener.call(self)));
    disposables?.push(both);
    return both;
  };
}
