import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { ComparisonQuestion } from "../../../src/protocol/view.ts";
import { FakeMemento, reset } from "./fakeVscode.ts";

const { ArchitectureChoices, withArchitecture, withChoices } = await import(
  "../../../src/host/architecture/architectureChoices.ts"
);

beforeEach(() => reset());

test("a choice holds for the checkpoints of one kind in one folder, and is remembered", () => {
  const memento = new FakeMemento();
  const choices = new ArchitectureChoices(memento);
  choices.choose("/runs/a/epoch=1.pt", "/exports/net.onnx");
  const again = new ArchitectureChoices(memento);
  assert.equal(again.of("/runs/a/epoch=2.pt"), "/exports/net.onnx");
  for (const other of ["/runs/b/epoch=1.pt", "/runs/a/net.onnx", "/runs/a/deeper/epoch=1.pt"]) {
    assert.equal(again.of(other), undefined, other);
  }
  again.choose("/runs/a/epoch=2.pt", undefined);
  assert.equal(new ArchitectureChoices(memento).of("/runs/a/epoch=1.pt"), undefined);
});

test("the file itself is each file itself", () => {
  const choices = new ArchitectureChoices(new FakeMemento());
  choices.choose("/runs/a/1.pt", "/runs/a/1.pt");
  assert.equal(choices.of("/runs/a/2.pt"), "/runs/a/2.pt");
});

test("in a question, the other models of the run change with it, and no others", () => {
  const question: ComparisonQuestion = {
    models: [{ path: "/a/1.pt", weights: "ema" }, { path: "/a/2.pt", architecture: "/old" }, { path: "/b/1.pt" }],
    batch: 128,
    estimator: "auto",
    measures: ["all"],
  };
  assert.deepEqual(withArchitecture(question, "/a/1.pt", "/net").models, [
    { path: "/a/1.pt", weights: "ema", architecture: "/net" },
    { path: "/a/2.pt", architecture: "/net" },
    { path: "/b/1.pt" },
  ]);
  const choices = new ArchitectureChoices(new FakeMemento());
  choices.choose("/b/7.pt", "/net");
  assert.deepEqual(withChoices(question, choices).models, [
    { path: "/a/1.pt", weights: "ema" },
    { path: "/a/2.pt" },
    { path: "/b/1.pt", architecture: "/net" },
  ]);
  assert.deepEqual(withArchitecture(question, "/a/1.pt", undefined).models, [
    { path: "/a/1.pt", weights: "ema" },
    { path: "/a/2.pt" },
    { path: "/b/1.pt" },
  ]);
});
