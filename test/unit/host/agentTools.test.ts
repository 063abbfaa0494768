import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { CancellationToken, LanguageModelTool, LanguageModelToolResult } from "vscode";
import { Failure } from "../../../src/core/failure.ts";
import { smallReport } from "../../fixtures/reports.ts";
import { reset, stage, vscode } from "./fakeVscode.ts";

const { registerAgentTools } = await import("../../../src/host/tools/agentTools.ts");

const cancellation = new vscode.EventEmitter<void>();
const token = { onCancellationRequested: cancellation.event } as unknown as CancellationToken;

/** Registers the tools over a compute process that answers with `answer`; what it was asked is kept. */
function tools(answer: (signal: AbortSignal | undefined) => Promise<unknown>) {
  const asked: unknown[] = [];
  registerAgentTools({
    engine: () => ({ provider: "cpu" }),
    request: (type, params, options) => {
      asked.push([type.method, params]);
      return answer(options?.signal) as Promise<never>;
    },
  });
  const invoke = async (name: string, input: object): Promise<string> => {
    const tool = stage.tools.get(name) as LanguageModelTool<object>;
    const result = (await tool.invoke({ input, toolInvocationToken: undefined }, token)) as LanguageModelToolResult;
    return (result.content as { value: string }[]).map(({ value }) => value).join();
  };
  return { asked, invoke };
}

beforeEach(() => reset());

test("an agent is told what the command line would print", async () => {
  const { asked, invoke } = tools(async () => smallReport());
  const text = await invoke("likeness_compare", { checkpoints: ["runs/a.onnx", "/elsewhere/b.onnx"], samples: 64 });
  assert.match(text, /^A .* × {2}B /);
  assert.deepEqual(asked, [
    [
      "compare",
      {
        models: [{ path: "/work/runs/a.onnx" }, { path: "/elsewhere/b.onnx" }],
        probe: { samples: 64 },
        engine: { provider: "cpu" },
        batch: 128,
        estimator: "auto",
        measures: ["all"],
        seed: 0,
      },
    ],
  ]);
});

test("a user is asked before networks run, and not before a file is looked at", async () => {
  tools(async () => smallReport());
  const prepared = (name: string, input: object) =>
    (stage.tools.get(name) as LanguageModelTool<object>).prepareInvocation?.({ input }, token);
  const compare = await prepared("likeness_compare", { checkpoints: ["/r/a.onnx", "/r/b.onnx"] });
  assert.match(String(compare?.confirmationMessages?.message), /a\.onnx, b\.onnx/);
  const inspect = await prepared("likeness_inspect", { checkpoint: "/r/a.onnx" });
  assert.equal(inspect?.confirmationMessages, undefined);
});

test("an agent's cancellation reaches the compute process", async () => {
  const { invoke } = tools(
    (signal) =>
      new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(new Failure("cancelled", "Cancelled."))),
      ),
  );
  const asked = invoke("likeness_inspect", { checkpoint: "/r/a.onnx" });
  cancellation.fire();
  await assert.rejects(asked, (error) => error instanceof Failure && error.code === "cancelled");
});
