import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Case } from "./harness.ts";

type Entry = Record<string, unknown> & { readonly activate: (context: vscode.ExtensionContext) => unknown };

export const activationCases: Record<string, Case> = {
  "nothing runs before it is needed": () => {
    assert.equal(extension().isActive, false);
  },

  "loading and activating take under 50 ms": async (note) => {
    // `Extension.activate` also counts two trips to the window; so the extension's own part is timed where it happens,
    // in the module that the editor is about to find loaded.
    const require = createRequire(join(extension().extensionPath, "package.json"));
    const path = require.resolve(extension().packageJSON.main);
    const started = performance.now();
    const entry: Entry = require(path);
    const loading = performance.now() - started;
    let activating = Number.NaN;
    const timed = async (context: vscode.ExtensionContext): Promise<unknown> => {
      const from = performance.now();
      const result = await entry.activate(context);
      activating = performance.now() - from;
      return result;
    };
    const module = require.cache[path];
    assert.ok(module);
    module.exports = { ...entry, activate: timed };
    await extension().activate();
    note(`loading ${loading.toFixed(1)} ms, activating ${activating.toFixed(1)} ms`);
    // Five times as long on a machine that is busy with other tests.
    assert.ok(loading + activating < 5 * 50, `${loading + activating} ms`);
  },

  "every command of the manifest is there": async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared: { command: string }[] = extension().packageJSON.contributes.commands;
    assert.deepEqual(
      declared.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
  },
};

export function extension(): vscode.Extension<unknown> {
  const id = "likeness.likeness";
  const found = vscode.extensions.getExtension(id);
  assert.ok(found, `${id} is not there`);
  return found;
}
