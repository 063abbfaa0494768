import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeMemento } from "../fakeVscode.ts";

const { AskedQuestions } = await import("../../../../src/host/panels/askedQuestions.ts");
const { keptQuestion } = await import("../../../../src/host/panels/question.ts");

const question = (path: string, batch = 128) => ({
  models: [{ path }, { path: "/b.onnx" }],
  batch,
  estimator: "auto" as const,
  measures: ["all"],
});

test("what a panel asked last is known by its title, also to the next session", () => {
  const memento = new FakeMemento();
  const asked = new AskedQuestions(memento);
  asked.note("a × b", question("/a.onnx"));
  asked.note("a × b", question("/a.onnx", 64));
  const again = new AskedQuestions(memento);
  assert.deepEqual(keptQuestion(again.of("a × b")), question("/a.onnx", 64));
  assert.equal(keptQuestion(again.of("c × d")), undefined);
});

test("the latest twenty are remembered", () => {
  const asked = new AskedQuestions(new FakeMemento());
  for (let i = 0; i < 25; i++) asked.note(`${i} × b`, question(`/${i}.onnx`));
  assert.equal(asked.of("4 × b"), undefined);
  assert.notEqual(asked.of("5 × b"), undefined);
});
