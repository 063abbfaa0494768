import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commands } from "../../../src/cli/commands.ts";
import { Input } from "../../../src/cli/input.ts";
import { type AskedComparison, commandLine } from "../../../src/core/commandLine.ts";

const plain: AskedComparison = {
  models: [{ path: "/runs/a.onnx" }, { path: "/runs/b.onnx" }],
  batch: 128,
  estimator: "auto",
  measures: ["cka.linear.unbiased"],
};

/** What the command line's own parser makes of the words that a shell made of a line. */
async function askedBy([program, name, ...args]: readonly string[]): Promise<unknown> {
  assert.equal(program, "likeness");
  const command = commands.find((candidate) => candidate.name === name);
  assert.ok(command);
  let params: unknown;
  const request = async (_type: unknown, given: unknown): Promise<never> => {
    params = given;
    return undefined as never;
  };
  await command.ask(Input.parse(args, command.flags), { request }, {});
  return params;
}

/** The words that a POSIX shell makes of a line. */
function shellWords(line: string): string[] {
  const { stdout, status } = spawnSync("sh", ["-c", `for word in ${line}; do printf '%s\\0' "$word"; done`]);
  assert.equal(status, 0);
  return stdout.toString().split("\0").slice(0, -1);
}

const params = ({ models, probe, samples, batch, estimator, measures }: AskedComparison): unknown => ({
  models,
  probe: { ...(probe !== undefined && { path: probe }), ...(samples !== undefined && { samples }) },
  engine: { provider: "auto" },
  batch,
  estimator,
  measures,
  seed: 0,
});

test("what is by default is left out", () => {
  assert.equal(commandLine(plain, "posix"), "likeness compare /runs/a.onnx /runs/b.onnx");
});

const asked: readonly (readonly [string, AskedComparison])[] = [
  ["a plain question", plain],
  [
    "every field",
    { ...plain, probe: "/data/p.probe.json", samples: 64, batch: 32, estimator: "minibatch", measures: ["all"] },
  ],
  [
    "names that a shell would read",
    {
      ...plain,
      models: [{ path: "/it's/$HOME `x`/a;b&c (1).onnx" }, { path: '/~/"quoted"/\\new\nline!.onnx' }],
      probe: "/glob/*.npy",
    },
  ],
  [
    "sides that differ",
    {
      ...plain,
      models: [
        { path: "/a", taps: ["@convs", "layer1.*"], preprocess: "mean=0.5,0.5,0.5;std=1,1,1" },
        { path: "/b", taps: ["fc"], preprocess: "none" },
        { path: "/c", taps: ["fc"], preprocess: "none" },
      ],
    },
  ],
  [
    "what each side is the weights of",
    {
      ...plain,
      models: [
        { path: "/a.pt", architecture: "/net work.onnx", weights: "ema", pool: "cls" },
        { path: "/b.pt", architecture: "/b.pt", weights: "net.ema", pool: "all" },
      ],
    },
  ],
  [
    "a first side whose architecture, weights and tokens the other does not share",
    { ...plain, models: [{ path: "/a.pt", architecture: "/n.onnx", weights: "ema", pool: "cls" }, { path: "/b.pt" }] },
  ],
  [
    "a first side with more than the others",
    { ...plain, models: [{ path: "/a", taps: ["@all"], preprocess: "none" }, { path: "/b" }] },
  ],
  [
    "a first side with less than the others",
    { ...plain, models: [{ path: "/a" }, { path: "/b", taps: ["-odd", "fc"], preprocess: "none" }] },
  ],
];

for (const [name, question] of asked) {
  test(`the command line reads back ${name}`, { skip: process.platform === "win32" && "not run: no sh" }, async () => {
    assert.deepEqual(await askedBy(shellWords(commandLine(question, "posix"))), params(question));
  });
}

test("models after the first that differ among themselves are compared pair by pair", async () => {
  const models = [{ path: "/a" }, { path: "/b", preprocess: "none" }, { path: "/c" }];
  const lines = commandLine({ ...plain, models }, "posix").split("\n");
  assert.equal(lines.length, 3);
  for (const [i, [a, b]] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ].entries()) {
    const pair = { ...plain, models: [models[a ?? 0], models[b ?? 0]].filter((model) => model !== undefined) };
    assert.deepEqual(await askedBy(shellWords(lines[i] ?? "")), params(pair));
  }
});

test("PowerShell has its own quotes", () => {
  const models = [{ path: "C:\\runs\\a.onnx" }, { path: "C:\\it's mine\\b.onnx", taps: ["@all"] }];
  assert.equal(
    commandLine({ ...plain, models }, "powershell"),
    "likeness compare C:\\runs\\a.onnx 'C:\\it''s mine\\b.onnx' --taps-b '@all'",
  );
});
