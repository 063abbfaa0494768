/**
 * `node test/real/phenomenon/reportFigure.ts REPORT OUT`: the matrices of a report that `likeness invert --json` wrote, as
 * an SVG figure. Nothing parts the networks: a report does not know which of them belong together.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { modelNames } from "../../../src/core/report/pairs.ts";
import type { InversionMatrices, Report } from "../../../src/core/report/report.ts";
import { matrixFigure } from "./figures.ts";

const [path = "", out = ""] = process.argv.slice(2);
const { inversion, models } = JSON.parse(readFileSync(path, "utf8")) as Report;
if (!inversion) throw new Error(`${path} is no report of inversions`);
const { natural, jones, stir } = inversion.cka;
const values = ({ unbiased }: InversionMatrices) => unbiased.map((row) => row.map((value) => value ?? Number.NaN));
const panels = [
  { title: "Natural images", below: "CKA on the targets", values: values(natural) },
  { title: "Inverted (Jones)", below: "on the row's inversions", values: values(jones) },
  { title: "STIR", below: "column's targets, inversions", values: values(stir) },
];
const names = modelNames(models.map((model) => model.path));
writeFileSync(out, matrixFigure(panels, names, 0, "inverting"));
