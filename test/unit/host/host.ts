import type { ExtensionContext } from "vscode";
import { FakeMemento, vscode } from "./fakeVscode.ts";

/** Activates the extension on the fake editor; ends it with what is returned. */
export async function activateHost(): Promise<() => void> {
  const { activate } = await import("../../../src/extension.ts");
  const subscriptions: { dispose(): unknown }[] = [];
  activate({
    subscriptions,
    extensionUri: vscode.Uri.file("/likeness"),
    globalStorageUri: vscode.Uri.file("/storage"),
    storageUri: undefined,
    workspaceState: new FakeMemento(),
    asAbsolutePath: (path: string) => `/likeness/${path}`,
  } as unknown as ExtensionContext);
  return () => {
    for (const one of subscriptions.reverse()) one.dispose();
  };
}
