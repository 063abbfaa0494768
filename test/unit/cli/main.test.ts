import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { commands } from "../../../src/cli/commands.ts";
import { main } from "../../../src/cli/main.ts";
import { version } from "../../../src/core/version.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Runs the command line with a fake engine, in a folder of its own. */
async function likeness(t: TestContext, args: string[], { signal = new AbortController().signal } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "likeness-cli-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "report.js"), "show();");
  writeFileSync(join(folder, "report.css"), "body {}");
  const written: { out: string[]; err: string[] } = { out: [], err: [] };
  const code = await main(
    args.map((arg) => arg.replace("FOLDER", folder)),
    {
      out: { write: (text) => void written.out.push(text) },
      err: { write: (text) => void written.err.push(text) },
      signal,
      computeEntry: join(root, "test/fixtures/fakeCompute.ts"),
      pageAssets: folder,
    },
  );
  return { code, folder, out: written.out.join(""), err: written.err.join("") };
}

describe("done: 0", () => {
  test("--version is the package's", async (t) => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.equal(version, manifest.version);
    assert.deepEqual((await likeness(t, ["--version"])).out, `${version}\n`);
  });

  test("help names every command, and each command's help every flag", async (t) => {
    const overview = await likeness(t, ["--help"]);
    assert.equal(overview.code, 0);
    for (const command of commands) {
      assert.ok(overview.out.includes(`${command.name} ${command.operands}`));
      const { code, out } = await likeness(t, [command.name, "--help"]);
      assert.equal(code, 0);
      for (const flag of command.flags)
        assert.ok(
          out.includes(flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`),
          flag.name,
        );
    }
  });

  test("a summary is printed, and nothing else", async (t) => {
    const { code, out, err } = await likeness(t, ["measure", "wait", "0"]);
    assert.equal(code, 0);
    assert.notEqual(out.trim(), "");
    assert.equal(err, "");
  });

  test("with --json - standard output is the report", async (t) => {
    const { code, out, err } = await likeness(t, ["measure", "wait", "0", "--json", "-"]);
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).schema, "likeness/report@1");
    assert.equal(err, "");
  });

  test("with --json FILE the file is, and folders on the way are made", async (t) => {
    const { code, out, folder } = await likeness(t, ["measure", "wait", "0", "--json", "FOLDER/new/report.json"]);
    assert.equal(code, 0);
    assert.equal(out, "");
    assert.equal(JSON.parse(readFileSync(join(folder, "new/report.json"), "utf8")).kind, "measure");
  });
});

describe("a comparison", () => {
  test("is summed up in words", async (t) => {
    const { code, out } = await likeness(t, ["compare", "a.onnx", "b.onnx"]);
    assert.equal(code, 0);
    assert.match(out, /A seed0 {2}× {2}B seed1/);
  });

  test("is written as a page that holds its script and style, and as tables", async (t) => {
    const places = ["--html", "FOLDER/page/report.html", "--csv", "FOLDER/tables"];
    const { code, folder } = await likeness(t, ["compare", "a.onnx", "b.onnx", ...places]);
    assert.equal(code, 0);
    const page = readFileSync(join(folder, "page/report.html"), "utf8");
    assert.ok(page.includes("show();") && page.includes("body {}"));
    assert.ok(readdirSync(join(folder, "tables")).includes("measures.csv"));
  });
});

describe("failed: 1", () => {
  test("a failure is one line that names the file and what to do, and JSON", async (t) => {
    const { code, out, err } = await likeness(t, ["measure", "fail", "It ends\nearly.", "--json", "-"]);
    assert.equal(code, 1);
    assert.equal(err, "likeness: a.pt: It ends early. Copy it again. [zip/truncated-entry]\n");
    assert.deepEqual(JSON.parse(out), {
      error: { code: "zip/truncated-entry", message: "It ends\nearly.", file: "a.pt", hint: "Copy it again." },
    });
  });

  test("names from files cannot drive the terminal", async (t) => {
    const { err } = await likeness(t, ["measure", "fail", "layer \u001b[2J\u202e"]);
    assert.match(err, /layer �\[2J�/);
  });

  test("a compute process that dies is named", async (t) => {
    const { code, err } = await likeness(t, ["measure", "crash", "last words"]);
    assert.equal(code, 1);
    assert.match(err, /^likeness: The compute process \(likeness-compute, .*last words.*\[compute\/died\]\n$/);
  });

  test("a place that cannot be written is said before any work", async (t) => {
    const { code, err } = await likeness(t, ["measure", "block", "20000", "--json", "FOLDER/report.js/inside.json"]);
    assert.equal(code, 1);
    assert.match(err, /inside\.json: .*\[output\/not-writable\]/);
  });
});

describe("wrong usage: 2", () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[], /command is missing/],
    [["compair", "a", "b"], /Did you mean compare\?/],
    [["frobnicate"], /There are inspect, compare, run, invert, measure, check, diff\./],
    [["compare", "a"], /takes A B \[C …\]; 1 were given/],
    [["inspect", "a", "b"], /takes FILE; 2 were given/],
    [["compare", "a", "b", "--tap", "x"], /Did you mean --taps\?/],
    [["compare", "a", "b", "--estimator", "exact"], /auto, full, minibatch/],
    [["run", "a"], /needs --out/],
  ];
  for (const [args, message] of cases) {
    test(`likeness ${args.join(" ")}`, async (t) => {
      const { code, out, err } = await likeness(t, args);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.equal(err.split("\n").length, 2);
      assert.equal(out, "");
    });
  }

  test("is said in JSON too", async (t) => {
    const { code, out } = await likeness(t, ["compare", "a", "b", "--wrong", "--json", "-"]);
    assert.equal(code, 2);
    assert.equal(JSON.parse(out).error.code, "usage");
  });
});

test("cancelled: 130, within a second of a process that does not listen", async (t) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  const from = performance.now();
  const { code, err } = await likeness(t, ["measure", "block", "20000"], { signal: controller.signal });
  assert.equal(code, 130);
  assert.equal(err, "likeness: Cancelled. [cancelled]\n");
  assert.ok(performance.now() - from < 1500);
});
