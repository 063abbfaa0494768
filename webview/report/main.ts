/** The saved report: reads the numbers that stand in the same file and shows them. */
import type { Report } from "../../src/core/report/report.ts";
import { LikenessReport } from "./page.ts";
import "./report.css";

const source = document.getElementById("report");
if (source !== null) {
  const page = new LikenessReport();
  page.report = JSON.parse(source.textContent) as Report;
  document.body.append(page);
  await page.updateComplete;
  document.body.setAttribute("data-ready", "true");
}
