import type { FrameLocator } from "playwright-core";
import type { Workbench } from "./workbench.ts";

/** The comparison panel in front, once it is ready. */
export async function comparisonView(workbench: Workbench): Promise<FrameLocator> {
  return workbench.view("likeness-comparison");
}

/** Waits until a comparison has all its numbers: nothing can be cancelled any more. */
export async function finished(view: FrameLocator, timeout = 60_000): Promise<void> {
  await view.locator(".map layer-heatmap").first().waitFor({ timeout });
  await view.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached", timeout });
}

/** Compares two files of the Explorer, to the end. */
export async function compare(workbench: Workbench, a: string, b: string): Promise<FrameLocator> {
  await workbench.choose([a, b], "Compare Checkpoints");
  const view = await comparisonView(workbench);
  await finished(view);
  return view;
}

/** How often networks ran for the numbers that are shown, as the panel's facts say: 0 where all came from the store. */
export async function forwardPasses(view: FrameLocator): Promise<number> {
  const facts = await view.getByRole("region", { name: "What the numbers rest on" }).innerText();
  return Number(/(\d+) passes/.exec(facts)?.[1]);
}

/** Samples that the shown numbers rest on. */
export async function samplesShown(view: FrameLocator): Promise<number> {
  const facts = await view.getByRole("region", { name: "What the numbers rest on" }).innerText();
  return Number(/\bn (\d+)/.exec(facts.replaceAll(/[\u00a0\u202f]/g, ""))?.[1]);
}
