import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import type { Report } from "../../../../src/core/report/report.ts";
import { InversionFolders } from "../../../../src/host/panels/inversionFolders.ts";
import { InversionSession, type InversionSessionOptions } from "../../../../src/host/panels/inversionSession.ts";
import type { InvertParams, Progress } from "../../../../src/protocol/compute.ts";
import type { InversionState } from "../../../../src/protocol/view.ts";
import { inversionQuestionFor, twoInverted } from "../../../fixtures/inversions.ts";

/** A request that the test answers itself. */
interface Asked {
  readonly method: string;
  readonly params: InvertParams;
  progress(value: Progress): void;
  answer(result: unknown): void;
  fail(failure: Failure): void;
}

function session() {
  const root = mkdtempSync(join(tmpdir(), "likeness-inversions-"));
  const asked: Asked[] = [];
  const states: InversionState[] = [];
  const finished: Report[] = [];
  const waiting: (() => void)[] = [];
  const compute = {
    engine: () => ({ provider: "cpu" }),
    request: (
      { method }: { method: string },
      params: unknown,
      options: { signal?: AbortSignal; onProgress?: (value: Progress) => void },
    ) =>
      new Promise((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(new Failure("cancelled", "Cancelled.")));
        const progress = (value: Progress): void => options.onProgress?.(value);
        asked.push({ method, params: params as InvertParams, progress, answer: resolve, fail: reject });
        waiting.shift()?.();
      }),
  };
  const question = inversionQuestionFor(twoInverted());
  const made = new InversionSession(question, {
    compute: compute as InversionSessionOptions["compute"],
    surface: { visible: true, reveal: () => {} },
    show: (state) => states.push(state),
    finished: (_, report) => finished.push(report),
    folders: new InversionFolders(root),
    addressOf: (folder) => `address:${folder}`,
  });
  return {
    made,
    question,
    asked,
    finished,
    last: () => states.at(-1)!,
    /** Waits until the next request has come. */
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    end: () => rmSync(root, { recursive: true, force: true }),
  };
}

test("everything that the panel shows is asked for, with a folder for its pictures", async (t) => {
  const { made, asked, next, question, last, end } = session();
  t.after(end);
  const came = next();
  void made.run({ ...question, probe: "/p.json", seedKind: "noise", steps: 7 });
  await came;
  const { models, probe, preset, seedKind, steps, seed, images, maps, grams, saliency } = asked[0]!.params;
  assert.deepEqual(models, question.models);
  assert.deepEqual(probe, { path: "/p.json", samples: 8 });
  assert.deepEqual([preset, seedKind, steps, seed, maps, grams, saliency], ["fast", "noise", 7, 0, true, true, true]);
  assert.equal(last().status.kind, "running");
  assert.ok(images !== undefined && images.length > 0);
});

test("curves are kept by model while it runs, and cancelling keeps them", async (t) => {
  const { made, asked, next, last, end } = session();
  t.after(end);
  const came = next();
  const ran = made.run();
  await came;
  const curve = { steps: [0, 1], median: [1, 0.5] };
  asked[0]!.progress({ phase: "Inverting b", residual: { model: 1, curve }, estimate: { seconds: 3, memoryMB: 9 } });
  assert.deepEqual(last().curves, [null, curve]);
  made.cancel();
  assert.equal(last().status.kind, "cancelled");
  assert.deepEqual(last().curves, [null, curve]);
  await ran;
});

test("an answer is kept beside its pictures, and shown again without a request", { timeout: 20_000 }, async (t) => {
  const { made, asked, next, question, finished, last, end } = session();
  t.after(end);
  const here = { ...question, models: [{ path: import.meta.filename }, { path: import.meta.filename }] };
  const came = next();
  const ran = made.run(here);
  await came;
  const folder = asked[0]!.params.images!;
  const { probe: _, ...report } = twoInverted();
  const found = { ...report.inversion!, images: folder };
  asked[0]!.answer({ ...report, inversion: found });
  await ran;
  assert.equal(finished.length, 1);
  assert.equal(last().pictures, `address:${folder}`);
  await made.restore();
  assert.equal(asked.length, 1);
  assert.equal(last().isKept, true);
  assert.equal(last().status.kind, "done");
});

test("samples that are no images are asked about without pictures", async (t) => {
  const { made, asked, next, end } = session();
  t.after(end);
  const came = next();
  void made.run();
  await came;
  const again = next();
  asked[0]!.fail(new Failure("inversion/no-images", "The probe's samples are no images."));
  await again;
  assert.equal(asked[1]!.params.images, undefined);
});

test("costs are asked once for the same models and number of images, and again after a failure", async (t) => {
  const { made, asked, question, last, end } = session();
  t.after(end);
  const first = made.estimate(question);
  void made.estimate({ ...question, preset: "jones" });
  assert.equal(asked.length, 1);
  assert.deepEqual(last().costs, { kind: "asking" });
  asked[0]!.fail(new Failure("compute/died", "It died."));
  await first;
  assert.equal(last().costs?.kind, "failed");
  const second = made.estimate(question);
  const list = [{ preset: "fast", seconds: 2, images: 8, steps: 400 }];
  asked[1]!.answer(list);
  await second;
  assert.deepEqual(last().costs, { kind: "known", list });
  void made.estimate({ ...question, samples: 32 });
  assert.equal(asked.length, 3);
});
