import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode } from "fast-png";
import { fileStems, pictureName } from "../../../../src/compute/inversion/pictures.ts";
import { png } from "../../../../src/compute/inversion/png.ts";

describe("files of pictures", () => {
  test("have names that sort, and none twice", () => {
    assert.equal(pictureName(7, 64, "seed"), "007-seed.png");
    assert.equal(pictureName(7, 10_000, "seed"), "0007-seed.png");
    assert.deepEqual(fileStems(["a/b c", "net", "Net", "seed", "net", "net-descent"]), [
      "a_b_c",
      "net",
      "Net-2",
      "seed-2",
      "net-3",
      "net-descent-2",
    ]);
  });

  test("hold images side by side, of one channel or of the first three", () => {
    const grey = decode(png([Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)], [1, 2, 2]));
    assert.deepEqual([grey.width, grey.height, grey.channels], [4, 2, 1]);
    assert.deepEqual([...grey.data], [1, 2, 5, 6, 3, 4, 7, 8]);
    const colours = decode(png([Uint8Array.of(1, 2, 3, 9)], [4, 1, 1]));
    assert.deepEqual([colours.channels, [...colours.data]], [3, [1, 2, 3]]);
    assert.deepEqual([...decode(png([Uint8Array.of(1, 2)], [2, 1, 1])).data], [1]);
  });
});
