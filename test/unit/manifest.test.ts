import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { reset, stage } from "./host/fakeVscode.ts";
import { activateHost } from "./host/host.ts";

/** `package.json` held against the code: what one promises, the other does. */

const { checkpointEndings } = await import("../../src/host/commands/checkpoints.ts");
const { comparisonDefaults, engineSettings } = await import("../../src/host/settings.ts");

const root = resolve(import.meta.dirname, "../..");
const text = (file: string): string => readFileSync(resolve(root, file), "utf8");
const manifest = JSON.parse(text("package.json"));
const { contributes } = manifest;
const declared: string[] = contributes.commands.map(({ command }: { command: string }) => command);

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
}
const menus: Record<string, MenuEntry[]> = contributes.menus;
const entries = Object.values(menus).flat();

let deactivate: () => void;
before(async () => {
  reset();
  deactivate = await activateHost();
});
after(() => deactivate());

const same = (actual: Iterable<string>, expected: Iterable<string>): void =>
  assert.deepEqual([...actual].toSorted(), [...expected].toSorted());

test("every command that is declared is registered, and the other way round", () => {
  same(stage.commands.keys(), declared);
});

test("menus, welcomes and walkthroughs name commands that there are", () => {
  const linked = [...text("package.nls.json").matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command ?? "");
  const completing = [...text("package.json").matchAll(/"onCommand:([\w.]+)"/g)].map(([, command]) => command ?? "");
  for (const command of [...entries.map(({ command }) => command), ...linked, ...completing]) {
    assert.ok(declared.includes(command), command);
  }
});

test("every view, editor and panel that is declared is registered", () => {
  same(
    stage.registered.views,
    contributes.views.likeness.map(({ id }: { id: string }) => id),
  );
  same(
    stage.registered.customEditors,
    contributes.customEditors.map(({ viewType }: { viewType: string }) => viewType),
  );
  for (const panel of stage.registered.panels) assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panel}`));
});

test("every tool for agents that is declared is registered", () => {
  same(
    stage.registered.tools,
    contributes.languageModelTools.map(({ name }: { name: string }) => name),
  );
});

test("every setting that is declared is read, with the same default", () => {
  const properties: Record<string, { default: unknown }> = contributes.configuration.properties;
  stage.read.clear();
  const unset = { ...comparisonDefaults(), ...engineSettings() };
  same(stage.read, Object.keys(properties));
  stage.settings = new Map(Object.entries(properties).map(([name, { default: value }]) => [name, value]));
  assert.deepEqual({ ...comparisonDefaults(), ...engineSettings() }, unset);
});

test("the settings are those that are documented", () => {
  const documented = [...text("docs/settings.md").matchAll(/^\| `(likeness\.\w+)`/gm)].map(([, name]) => name ?? "");
  same(documented, Object.keys(contributes.configuration.properties));
});

test("what a workspace may not set while it is not trusted is what decides how the engine runs", () => {
  stage.read.clear();
  engineSettings();
  same(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, stage.read);
});

test("when-clauses ask about what the editor knows before we run, and our own few keys", () => {
  const known = new Set([
    "resourceFilename",
    "listMultiSelection",
    "activeCustomEditorId",
    "view",
    "viewItem",
    "webviewSection",
    "false",
  ]);
  const own = [...text("src/host/contextKeys.ts").matchAll(/^ {2}"(likeness\.\w+)"/gm)].map(([, key]) => key ?? "");
  assert.notEqual(own.length, 0);
  for (const { when = "" } of entries) {
    const keys = when
      .replace(/=~ \/.*?[^\\]\/i?(?= |$)|== [\w.]+/g, "")
      .split(/&&|\|\||!/)
      .map((part) => part.trim())
      .filter((part) => part !== "");
    for (const key of keys) assert.ok(known.has(key) || own.includes(key), `${key} in ${when}`);
  }
});

test("the Explorer's menu is for the files that are taken for checkpoints", () => {
  const endings = checkpointEndings.map((ending) => ending.replaceAll(".", "\\.")).join("|");
  for (const { when } of menus["explorer/context"] ?? []) {
    assert.ok(when?.startsWith(`resourceFilename =~ /\\.(${endings})$/i`), when);
  }
  const patterns = contributes.customEditors
    .filter(({ viewType }: { viewType: string }) => viewType.startsWith("likeness.checkpoint"))
    .flatMap(({ selector }: { selector: { filenamePattern: string }[] }) => selector)
    .map(({ filenamePattern }: { filenamePattern: string }) => filenamePattern);
  same(
    patterns,
    checkpointEndings.map((ending) => `*.${ending}`),
  );
});

test("commands that need an argument are not in the palette", () => {
  const hidden = (menus.commandPalette ?? []).filter(({ when }) => when === "false").map(({ command }) => command);
  same(hidden, [
    "likeness.openRecent",
    "likeness.compareAgain",
    "likeness.removeRecent",
    "likeness.copyCommandLine",
    "likeness.showWork",
    ...declared.filter((command) => command.startsWith("likeness.panel.")),
  ]);
});

test("every text has a key, and every key is used", () => {
  const used = [...text("package.json").matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key ?? "");
  same(new Set(used), Object.keys(JSON.parse(text("package.nls.json"))));
});

test("every sentence of the host stands in the bundle for translators", () => {
  const sources = globSync(["src/host/**/*.ts", "src/extension.ts"], { cwd: root }).map(text).join("\n");
  const sentences = [...sources.matchAll(/l10n\.t\(\s*"((?:[^"\\]|\\.)*)"/g)].map(([, sentence]) => sentence ?? "");
  same(Object.keys(JSON.parse(text("l10n/bundle.l10n.json"))), new Set(sentences));
});

test("pictures and schemas are where the manifest says", () => {
  const files = [...text("package.json").matchAll(/"(?:\.\/)?(media\/[^"]+)"/g), ...[[undefined, manifest.icon]]].map(
    ([, file]) => file ?? "",
  );
  for (const file of files) assert.ok(existsSync(resolve(root, file)), file);
});

test("the editor's types are those of the oldest editor that we run in", () => {
  const { version } = JSON.parse(text("node_modules/@types/vscode/package.json"));
  assert.equal(`^${version}`, manifest.engines.vscode);
});
