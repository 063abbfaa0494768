import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CheckedFile } from "../../../../src/core/checks/checkedFile.ts";
import { sameBytes, sameWeights } from "../../../../src/core/checks/sameWeights.ts";
import { unchangedLayers } from "../../../../src/core/checks/unchangedLayers.ts";
import { weightDifferences } from "../../../../src/core/diff/weightDifferences.ts";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import { toFloat32 } from "../../../../src/core/graph/numbers.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import type { Finding } from "../../../../src/core/report/report.ts";
import { numbers } from "../../../fixtures/onnxPrograms.ts";
import { checked, finished, healthy, healthyProgram } from "./checked.ts";

function pairFindings(a: CheckedFile, b: CheckedFile): Finding[] {
  const weights = (file: CheckedFile) => new Map(file.tensors.map(({ name, tensor }) => [name, tensor]));
  const differences = finished(weightDifferences(weights(a), weights(b)));
  return [...finished(sameWeights(a, b, differences)), ...unchangedLayers(a, b, differences)];
}

const weights = (): [string, Tensor][] => [...healthyProgram().graph.initializers];

/** Every weight of the sample's network under another name, or of another content. */
function changed(change: (name: string, tensor: Tensor) => [string, Tensor]): CheckedFile {
  return checked(Object.fromEntries(weights().map(([name, tensor]) => change(name, tensor))));
}

test("there is nothing to say of two trainings of one network", () => {
  const other = healthyProgram("ears-seed1.onnx");
  assert.deepEqual(pairFindings(healthy(), checked(Object.fromEntries(other.graph.initializers))), []);
});

test("bytes are compared to the end", () => {
  const source = (...bytes: number[]) => bytesSource("x", Uint8Array.from(bytes));
  assert.equal(finished(sameBytes(source(1, 2, 3), source(1, 2, 3))), true);
  assert.equal(finished(sameBytes(source(1, 2, 3), source(1, 2, 4))), false);
  assert.equal(finished(sameBytes(source(1, 2), source(1, 2, 3))), false);
});

describe("the same weights", () => {
  const evidence = (other: CheckedFile): string | undefined => {
    const [finding, ...more] = pairFindings(healthy(), other);
    assert.deepEqual(more, []);
    assert.equal(finding?.code, "check/identical");
    return finding?.evidence;
  };

  test("by name", () => {
    assert.equal(evidence(healthy()), "22 tensors, all equal.");
  });

  test("behind a prefix, with other counters", () => {
    const file = changed((name, tensor) => [`module.${name}`, tensor]);
    const counted = checked(
      Object.fromEntries([
        ...file.tensors.map(({ name, tensor }) => [name, tensor]),
        ["module.bn1.num_batches_tracked", int64Tensor([], [7])],
      ]),
    );
    assert.equal(evidence(counted), "22 tensors, all equal under names with another beginning.");
  });

  test("in a wider type, and in a narrower one", () => {
    const wide = changed((name, tensor) => {
      const bytes = new Uint8Array(Float64Array.from(toFloat32(tensor)).buffer);
      return [name, { dtype: "float64", shape: tensor.shape, bytes: () => bytes }];
    });
    assert.equal(evidence(wide), "22 tensors, all equal, float32 in A and float64 in B.");
    const narrow = changed((name, tensor) => {
      const bits = new Uint16Array(new Uint32Array(toFloat32(tensor).slice().buffer).map((word) => word >>> 16));
      return [name, { dtype: "bfloat16", shape: tensor.shape, bytes: () => new Uint8Array(bits.buffer) }];
    });
    assert.equal(evidence(narrow), "22 tensors, all equal, float32 in A and bfloat16 in B (but for rounding).");
  });

  test("under other names", () => {
    let count = 0;
    const renamed = changed((_, tensor) => [`tensor ${(count++ * 7) % 22}`, tensor]);
    assert.equal(evidence(renamed), "22 tensors, all equal under other names.");
  });

  test("are not there where one element differs", () => {
    const bias = float32Tensor([4], [0, 1, 2, 3]);
    const other = changed((name, tensor) => [`n.${name}`, name === "fc.bias" ? bias : tensor]);
    assert.ok(pairFindings(healthy(), other).every(({ code }) => code !== "check/identical"));
  });
});

describe("layers that did not change", () => {
  /** The network after a step that left some layers alone. */
  const trained = (isFrozen: (name: string) => boolean): CheckedFile =>
    changed((name, tensor) => {
      if (isFrozen(name)) return [name, tensor];
      return [
        name,
        float32Tensor(
          tensor.shape,
          toFloat32(tensor).map((value) => value * 1.001 + 1e-4),
        ),
      ];
    });

  test("are named", () => {
    const frozen = /^(conv[12]|bn1)\.(weight|bias)/;
    const [finding, ...more] = pairFindings(
      healthy(),
      trained((name) => frozen.test(name)),
    );
    assert.deepEqual(more, []);
    assert.deepEqual([finding?.code, finding?.severity], ["check/unchanged-layers", "information"]);
    assert.match(finding?.evidence ?? "", /^3 of 9 layers .*: conv1, bn1, conv2\.$/);
  });

  test("are not said where only some of a layer is the same, or what every fresh network has", () => {
    assert.deepEqual(
      pairFindings(
        healthy(),
        trained((name) => name === "fc.bias"),
      ),
      [],
    );
    const fresh = (seed: number) =>
      checked({
        "conv.weight": numbers([4, 3], seed),
        "bn.weight": float32Tensor([4], [1, 1, 1, 1]),
        "bn.bias": float32Tensor([4], [0, 0, 0, 0]),
      });
    assert.deepEqual(pairFindings(fresh(1), fresh(2)), []);
  });
});
