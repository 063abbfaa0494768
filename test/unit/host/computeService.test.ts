import assert from "node:assert/strict";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../../src/core/failure.ts";
import type { AskOptions, ComputeService } from "../../../src/host/computeService.ts";
import { measure } from "../../../src/protocol/compute.ts";
import { reset, stage } from "./fakeVscode.ts";

const { ComputeService: Service } = await import("../../../src/host/computeService.ts");
const { Log } = await import("../../../src/host/log.ts");
const { WorkNotifications } = await import("../../../src/host/status/workNotifications.ts");
const { WorkStatus } = await import("../../../src/host/status/workStatus.ts");

/** A service over a process with the real server and no engine. */
function start(t: TestContext): ComputeService {
  reset();
  const entry = resolve(import.meta.dirname, "../../fixtures/fakeCompute.ts");
  const service = new Service({ entry, store: "/storage/grams", log: new Log() });
  t.after(() => service.dispose());
  return service;
}

/** Asks for something that takes some milliseconds. */
const wait = (service: ComputeService, milliseconds: number, options?: AskOptions): Promise<unknown> =>
  service.request(measure, { x: "/wait", y: `/${milliseconds}`, measures: [] }, options);

const cancelled = (error: unknown): boolean => error instanceof Failure && error.code === "cancelled";

test("the engine is the settings', with a store of limited size", (t) => {
  const service = start(t);
  assert.deepEqual(service.engine(), { provider: "auto", store: "/storage/grams", storeLimit: 2 * 2 ** 30 });
  stage.settings.set("likeness.storeLimit", 0).set("likeness.threads", 3).set("likeness.provider", "cuda");
  assert.deepEqual(service.engine(), { provider: "cuda", threads: 3 });
});

test("in a workspace that is not trusted networks run on the processor", (t) => {
  const service = start(t);
  stage.settings.set("likeness.provider", "cuda");
  stage.isTrusted = false;
  assert.equal(service.engine().provider, "cpu");
});

test("work with a title is listed and shown while it runs, and nothing else is", async (t) => {
  const service = start(t);
  const status = new WorkStatus(service);
  const titles: string[] = [];
  service.onDidChangeWork(() => titles.push(service.work.map(({ title }) => title).join()));
  await wait(service, 0);
  assert.deepEqual(new Set(titles), new Set([""]));
  let shown: string | undefined;
  await wait(service, 0, { title: "Comparing a × b", onProgress: () => (shown = stage.statusText) });
  assert.ok(titles.includes("Comparing a × b"));
  assert.deepEqual(service.work, []);
  assert.match(shown ?? "", /^\$\(loading~spin\)/);
  assert.equal(stage.statusText, undefined);
  status.dispose();
});

test("work is cancelled by its own list as by who asked", async (t) => {
  const service = start(t);
  const asked = wait(service, 60_000, { title: "Long" });
  service.work[0]?.cancel();
  await assert.rejects(asked, cancelled);
  const signal = AbortSignal.timeout(50);
  await assert.rejects(wait(service, 60_000, { signal }), cancelled);
});

test("work that nobody sees for two seconds is a notification, by which it can be cancelled", async (t) => {
  const service = start(t);
  const notifications = new WorkNotifications(service);
  t.after(() => notifications.dispose());
  const surface = { visible: true, reveal: () => {} };
  const asked = wait(service, 60_000, { title: "Long", surface });
  const appears = async (isThere: boolean): Promise<void> => {
    for (let tries = 0; stage.notifications.has("Long") !== isThere; tries++) {
      assert.ok(tries < 200);
      await sleep(50);
    }
  };
  await sleep(2600);
  assert.equal(stage.notifications.size, 0);
  surface.visible = false;
  await appears(true);
  surface.visible = true;
  await appears(false);
  surface.visible = false;
  await appears(true);
  stage.notifications.get("Long")?.();
  await assert.rejects(asked, cancelled);
  await appears(false);
});

test("a restart cancels what runs, and the next request is answered", async (t) => {
  const service = start(t);
  const asked = wait(service, 60_000, { title: "Long" });
  service.restart();
  await assert.rejects(asked, cancelled);
  assert.deepEqual(service.work, []);
  await wait(service, 0);
});

test("the log takes no lines after its end", () => {
  reset();
  const log = new Log();
  log.info("before");
  log.dispose();
  log.info("after");
  log.error(new Error("after"));
  assert.deepEqual(stage.messages, ["before"]);
});
