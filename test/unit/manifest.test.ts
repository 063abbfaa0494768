import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Uri } from "vscode";
import { reset, stage, vscode } from "./host/fakeVscode.ts";
import { activateHost } from "./host/host.ts";

/** `package.json` held against the code: what one promises, the other does. */

const { checkpointEndings, checkpointFilePattern, checkpointFolderPattern, isCheckpointName, isProbableCheckpoint } =
  await import("../../src/host/commands/checkpoints.ts");
const { comparisonDefaults, engineSettings, pythonSetting } = await import("../../src/host/settings.ts");

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
  const settings = (): unknown => ({ ...comparisonDefaults(), ...engineSettings(), python: pythonSetting() });
  const unset = settings();
  same(stage.read, Object.keys(properties));
  stage.settings = new Map(Object.entries(properties).map(([name, { default: value }]) => [name, value]));
  assert.deepEqual(settings(), unset);
});

test("the settings are those that are documented", () => {
  const documented = [...text("docs/settings.md").matchAll(/^\| `(likeness\.\w+)`/gm)].map(([, name]) => name ?? "");
  same(documented, Object.keys(contributes.configuration.properties));
});

test("what a workspace may not set while it is not trusted is what decides how the engine runs, and Python", () => {
  stage.read.clear();
  engineSettings();
  pythonSetting();
  same(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, stage.read);
});

test("when-clauses ask about what the editor knows before we run, and our own few keys", () => {
  const known = new Set([
    "resourceFilename",
    "explorerResourceIsFolder",
    "isWorkspaceTrusted",
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

test("the Explorer's menu is for the files and folders that are taken for checkpoints", () => {
  for (const { when = "" } of menus["explorer/context"] ?? []) {
    const patterns = [...when.matchAll(/resourceFilename =~ \/(.*?)\/i(?= |$)/g)].map(([, pattern]) => pattern);
    assert.deepEqual(patterns, [checkpointFilePattern, checkpointFolderPattern]);
  }
});

test("a summary opens for every ending, by itself only where nobody else has files of it", () => {
  const [always, asked] = ["likeness.checkpoint", "likeness.checkpointOption"].map((type) => {
    const editor = contributes.customEditors.find(({ viewType }: { viewType: string }) => viewType === type);
    const patterns: string[] = editor.selector.map(({ filenamePattern }: Record<string, string>) => filenamePattern);
    return { priority: editor.priority, patterns };
  });
  assert.deepEqual([always?.priority, asked?.priority], ["default", "option"]);
  const all = [...(always?.patterns ?? []), ...(asked?.patterns ?? [])];
  for (const ending of checkpointEndings) assert.ok(all.includes(`*.${ending}`), ending);
  for (const shared of ["*.bin", "*.model", "model.json", "*.index", "*.h5"])
    assert.ok(asked?.patterns.includes(shared));
  assert.ok(
    !all.some((pattern) => /\.(ts|json|tar)$/.test(pattern) && !/^model\.json$|index\.json$|pth\.tar$/.test(pattern)),
  );
});

const file = (name: string) => vscode.Uri.file(`/work/runs/${name}`) as unknown as Uri;

test("what is one checkpoint is offered once: parts and what lies beside it are not", () => {
  const offered = [
    "best.pt",
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "epoch=3-step=10.ckpt",
    "checkpoint.pth.tar",
    "model.json",
    "ckpt-7.index",
    "net.jit",
    "checkpoint-500",
    "my_saved_model",
  ];
  const hidden = [
    "optimizer.pt",
    "optimizer_1.bin",
    "scheduler.pt",
    "scaler.pt",
    "rng_state_0.pth",
    "random_states_0.pkl",
    "training_args.bin",
    "model-00001-of-00003.safetensors",
    "pytorch_model-00002-of-00002.bin",
    "group1-shard1of4.bin",
    "bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt",
    "tokenizer.model",
    "main.ts",
    "package.json",
    "net.onnx.data",
    "search.index",
    "src",
    "runs",
  ];
  assert.deepEqual(
    offered.filter((name) => !isCheckpointName(file(name))),
    [],
  );
  assert.deepEqual(
    hidden.filter((name) => isCheckpointName(file(name))),
    [],
  );
  assert.ok(!isProbableCheckpoint(file("images.bin")), "data is no checkpoint to choose from a list");
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
