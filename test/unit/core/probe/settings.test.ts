import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { modelSettings, parseSettings } from "../../../../src/core/probe/settings.ts";

const file = "likeness.json";

test("reads everything that may stand there", () => {
  const settings = parseSettings(
    JSON.stringify({
      $schema: "x",
      probe: "images.probe.json",
      samples: 512,
      models: {
        "runs/*.onnx": { preprocess: { mean: [0.5], std: [0.25], scale: 2 }, taps: ["@blocks"] },
        "**": { preprocess: "none", architecture: "net.onnx", pool: "cls" },
      },
    }),
    file,
  );
  assert.deepEqual(settings, {
    probe: "images.probe.json",
    samples: 512,
    models: [
      { pattern: "runs/*.onnx", preprocess: { mean: [0.25], std: [0.125] }, taps: ["@blocks"] },
      { pattern: "**", preprocess: { mean: [], std: [] }, architecture: "net.onnx", pool: "cls" },
    ],
  });
  assert.equal(modelSettings(settings, "runs/a.onnx")?.pattern, "runs/*.onnx");
  assert.equal(modelSettings(settings, "runs/deep/a.onnx")?.pattern, "**");
  assert.deepEqual(parseSettings("{}", file), { models: [] });
  assert.equal(modelSettings(parseSettings("{}", file), "a"), undefined);
});

test("complaints name the place and what was expected", () => {
  for (const [text, message] of [
    ["{", /^This is not JSON/],
    ["[]", /^expected an object, found a list of 0/],
    ['{"sample": 4}', /^"sample" is not known here; known are probe, samples, models/],
    ['{"samples": 3}', /^samples: expected a whole number from 4, found 3/],
    ['{"probe": ""}', /^probe: expected a text, found ""/],
    ['{"models": {"a*.onnx": {"taps": "x"}}}', /^models\["a\*\.onnx"\]\.taps: expected a list, found "x"/],
    [
      '{"models": {"a": {"preprocess": {"std": [1, 0]}}}}',
      /^models\.a\.preprocess\.std\[1\]: expected a number above 0, found 0/,
    ],
    ['{"models": {"a": {"preprocess": "some"}}}', /^models\.a\.preprocess: expected an object, found "some"/],
    ['{"models": {"__proto__": {"x": 1}}}', /^models\.__proto__: "x" is not known here/],
  ] as const) {
    assert.throws(() => parseSettings(text, file), { code: "settings/invalid", file, message }, text);
  }
  assert.throws(() => parseSettings('{"models": {"a": {"preprocess": {"mean": [1, 2], "std": [1, 2, 3]}}}}', file), {
    code: "preprocess/channels",
    file,
  });
  assert.throws(() => parseSettings(`{"probe": ${"[".repeat(1e5)}${"]".repeat(1e5)}}`, file), {
    code: "settings/invalid",
  });
});

test("the schema for editors knows the same keys", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../../../media/schema/likeness.schema.json", import.meta.url), "utf8"),
  );
  const model = schema.properties.models.additionalProperties;
  const listed = (text: string): string => {
    try {
      parseSettings(text, file);
    } catch (error) {
      return (error as Error).message.replace(/.*known are /, "");
    }
    return "";
  };
  const keys = (properties: object): string =>
    Object.keys(properties)
      .filter((key) => key !== "$schema")
      .join(", ");
  assert.equal(listed('{"?": 1}'), keys(schema.properties));
  assert.equal(listed('{"models": {"a": {"?": 1}}}'), keys(model.properties));
  assert.equal(
    listed('{"models": {"a": {"preprocess": {"?": 1}}}}'),
    keys(model.properties.preprocess.oneOf[1].properties),
  );
});
