import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import type { FrameLocator } from "playwright-core";
import { compare } from "./comparison.ts";
import { contactSheet, type Picture } from "./contactSheet.ts";
import { editorMissing, openSession, type Session } from "./session.ts";

const output = resolve(import.meta.dirname, "../output/editor");

const themes = [
  ["dark", "Default Dark Modern"],
  ["light", "Default Light Modern"],
  ["high-contrast", "Default High Contrast"],
  ["high-contrast-light", "Default High Contrast Light"],
] as const;

/** Widths of the page itself, in CSS pixels. */
const widths = [300, 1400] as const;

describe("in every theme and width", { skip: editorMissing() }, () => {
  const pictures: Picture[] = [];
  after(async () => {
    if (pictures.length > 0) writeFileSync(join(output, "contact-sheet.png"), await contactSheet(pictures));
  });

  for (const [theme, setting] of themes) {
    test(theme, { timeout: 120_000 }, async (t) => {
      mkdirSync(output, { recursive: true });
      const session = await openSession({ settings: { "workbench.colorTheme": setting } });
      t.after(() => session.close());
      const { workbench } = session;
      const comparison = await compare(workbench, "ears-seed0.onnx", "tail-seed0.onnx");
      await comparison.locator(`body.vscode-${theme}`).waitFor();
      await take("comparison", comparison, session);
      const summary = await workbench.open("ears-seed0.onnx", "checkpoint-summary");
      await summary.getByText("conv1.weight").first().waitFor();
      await take("summary", summary, session);
      assert.deepEqual(workbench.troubles, []);
    });

    async function take(surface: string, view: FrameLocator, { workbench }: Session): Promise<void> {
      for (const width of widths) {
        const measured = await workbench.setPageWidth(view, width);
        assert.ok(Math.abs(measured - width) <= 1, `${surface} is ${measured} px wide`);
        const overflow = await view.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
        assert.ok(overflow <= 0, `${surface} is ${overflow} px wider than ${width} px`);
        const png = await workbench.page.screenshot();
        writeFileSync(join(output, `${surface}-${theme}-${width}.png`), png);
        pictures.push({ title: `${surface}, ${theme}, ${width} px`, png });
      }
    }
  }
});
