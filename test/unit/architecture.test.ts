import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { test } from "node:test";

/** Who may know whom. The projects of `tsc -b` refuse most of this too; here it stands in one place. */
const worlds: Record<string, { worlds: readonly string[]; packages: RegExp }> = {
  core: { worlds: [], packages: /^fflate$/ },
  protocol: { worlds: ["core types"], packages: /^vscode-jsonrpc$/ },
  compute: {
    worlds: ["core", "protocol"],
    packages: /^(node:|vscode-jsonrpc|onnxruntime-node|fast-png|@jsquash\/jpeg)/,
  },
  client: { worlds: ["core types", "protocol"], packages: /^(node:|vscode-jsonrpc)/ },
  cli: { worlds: ["core", "protocol", "client"], packages: /^node:/ },
  host: { worlds: ["core", "protocol", "client"], packages: /^(node:|vscode$|vscode-jsonrpc$)/ },
  extension: { worlds: ["host"], packages: /^(node:path|vscode)$/ },
  webview: { worlds: ["core", "protocol types"], packages: /^lit/ },
};

/** The one class that every world throws and catches. */
const failure = "src/core/failure.ts";

const root = resolve(import.meta.dirname, "../..");
const sources = globSync(["src/**/*.ts", "webview/**/*.ts"], { cwd: root }).map((file) => ({
  file: file.replaceAll("\\", "/"),
  text: readFileSync(join(root, file), "utf8"),
}));

function worldOf(file: string): string {
  const [folder = "", inner = ""] = file.split("/");
  return folder === "webview" ? folder : inner.replace(/\.ts$/, "");
}

/** What a text imports: from where, and whether types alone. */
function* imports(text: string): Generator<{ from: string; typesOnly: boolean }> {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/gm;
  for (const [, type, from, dynamic] of text.matchAll(statement)) {
    yield { from: from ?? dynamic ?? "", typesOnly: type !== undefined };
  }
}

test("no world knows more than it may", () => {
  const trespasses: string[] = [];
  for (const { file, text } of sources) {
    const world = worldOf(file);
    const allowed = worlds[world];
    assert.ok(allowed, `${file} belongs to no world`);
    for (const { from, typesOnly } of imports(text)) {
      const target = from.startsWith(".") ? posix.join(dirname(file), from) : undefined;
      const targetWorld = target && worldOf(target);
      const may =
        target === undefined
          ? allowed.packages.test(from)
          : targetWorld === world ||
            allowed.worlds.includes(targetWorld ?? "") ||
            (allowed.worlds.includes(`${targetWorld} types`) && (typesOnly || target === failure));
      if (!may) trespasses.push(`${file} imports ${from}`);
    }
  }
  assert.deepEqual(trespasses, []);
});

test("one idea per file: none is over 15 KB", () => {
  const large = sources.filter(({ text }) => Buffer.byteLength(text) > 15 * 1024);
  assert.deepEqual(
    large.map(({ file }) => file),
    [],
  );
});

test("no default exports, no barrels", () => {
  const offenders = sources.filter(({ text }) => /^export (default|\* from|\{[^}]*\} from)/m.test(text));
  assert.deepEqual(
    offenders.map(({ file }) => file),
    [],
  );
});

test("the imports are read in all their forms", () => {
  const text =
    'import a from "a";\nimport type {\n  B,\n} from "b";\nimport "c";\nexport { d } from "d";\nawait import("e");';
  assert.deepEqual(
    [...imports(text)].map(({ from, typesOnly }) => (typesOnly ? `type ${from}` : from)),
    ["a", "type b", "c", "d", "e"],
  );
});
