import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { parseReport } from "../../../../src/core/report/validate.ts";
import { exportedFile, exportedTables, exportName, pictureNames } from "../../../../src/host/panels/exportFiles.ts";
import { inversionPictures, threeInverted } from "../../../fixtures/inversions.ts";
import { smallReport } from "../../../fixtures/reports.ts";

const read = async (name: string): Promise<string> => (name === "report.js" ? "let a = 1;" : "b { color: red }");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("JSON opens again as the same report", async () => {
  const report = smallReport();
  assert.deepEqual(parseReport(text(await exportedFile(report, "json", undefined, read))), report);
});

test("HTML holds the page and the report", async () => {
  const html = text(await exportedFile(smallReport(), "html", undefined, read));
  assert.ok(html.includes("let a = 1;") && html.includes("b { color: red }") && html.includes('"likeness/report@1"'));
});

test("pictures are what the view drew, and nothing else is written as one", async () => {
  const png = await exportedFile(smallReport(), "png", `data:image/png;base64,${btoa("\x89PNG")}`, read);
  assert.deepEqual([...png], [0x89, 0x50, 0x4e, 0x47]);
  assert.equal(text(await exportedFile(smallReport(), "svg", "<svg/>", read)), "<svg/>");
  for (const [format, picture] of [
    ["png", "data:text/html,x"],
    ["png", undefined],
    ["svg", "<html>"],
  ] as const) {
    await assert.rejects(exportedFile(smallReport(), format, picture, read), { code: "export/no-picture" });
  }
});

test("a report of inversions has all its pictures named", () => {
  const { inversion } = threeInverted();
  assert.deepEqual([...pictureNames(inversion!)].sort(), readdirSync(inversionPictures).sort());
});

test("tables are those of the command line", () => {
  assert.deepEqual([...exportedTables(smallReport()).keys()].sort(), [
    "cka.linear.biased.csv",
    "cka.linear.unbiased.csv",
    "measures.csv",
    "outputs.csv",
    "procrustes.angular.csv",
  ]);
});

test("a file is named after what it compares, by characters that every file system takes", () => {
  assert.equal(exportName("a/b × c:d e"), "a-b-vs-c-d-e");
  assert.equal(exportName("..."), "comparison");
  assert.equal(exportName("x".repeat(300)).length, 100);
});
