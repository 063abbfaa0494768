import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Image } from "../../../../src/core/probe/resize.ts";
import { resize, resizeToCover } from "../../../../src/core/probe/resize.ts";

/** Width, height and SHA-256 of what Pillow 9.4's `resize((w, h), BILINEAR)` makes of the 13 × 9 pattern. */
const resized: readonly (readonly [number, number, string])[] = [
  [6, 4, "6b8c831f648a12c31b40be938005c8b8dc5cb1b1c9c2e8f3236cf20e88f9611e"],
  [20, 11, "fa54c9dbc622c3cbeaac01d8d6c382500c4b875f1194250864e4d5b9b1348c1e"],
  [13, 3, "07873d64f8a11b3b27aa332d5bf631fa801959eb22973aca36b2955ea067f857"],
  [5, 9, "94533ad889d2fbbe8fab59391f6a0d24d0cc2515040b72964e921a0961acacea"],
  [1, 1, "bb4cde274111545bdf5fb5ad6a899a439fc18a266b4426235c17c958cbd3daf0"],
];

/** Width and height of the pattern, side, and SHA-256 after torchvision 0.14's `Resize(side)` and `CenterCrop(side)`. */
const covering: readonly (readonly [number, number, number, string])[] = [
  [30, 17, 8, "94a4227ecab40527d8367f0432eeeba955c37b02ce99bed0ad2e9fc06a05c4cb"],
  [30, 17, 9, "3ac9e287c1ffdc40ad80df9d5c2321348dee12077c548b5f5f372b84d6a82d13"],
  [30, 17, 14, "ce805b688b864f39072c48f0db66fed836595c26f9a80a7ab5d7c9843ac727ca"],
  [12, 31, 8, "376ab904c92be3cd9180b3b04f8505da475fa2f3152ec4a5ecde801640b59a4a"],
  [12, 31, 9, "3b73aabec2f99a0ae49766830a59ce1fa27f81f2125f7002a17ba58587b2aa68"],
  [12, 31, 14, "c0011100d118ec12a950fea017c11d9493e45fbfc1ae8743d68523840b9a0447"],
  [13, 9, 8, "e9281071f2c6e09d7403db00cedf10d8a68db7439351b29f6cb1e2e2da2b8b21"],
  [13, 9, 9, "40fa31f17b1fb9978b88ff1b0555cffc5db11ae0dd3d1436ff7babbbc0b71ff9"],
  [13, 9, 14, "67be5e8245c95c4692313a732caf7f80c7bdbad879387acf4d4ce0bdf9094847"],
];

test("resizes to the bytes that Pillow gives", () => {
  for (const [width, height, expected] of resized) {
    const image = resize(pattern(13, 9), height, width);
    assert.deepEqual([image.width, image.height, sha256(image)], [width, height, expected]);
  }
});

test("scales to cover and crops to the bytes that torchvision gives", () => {
  for (const [width, height, side, expected] of covering) {
    assert.equal(
      sha256(resizeToCover(pattern(width, height), side, side)),
      expected,
      `${width} × ${height} to ${side}`,
    );
  }
});

test("covers targets that are not square, and leaves images that fit", () => {
  const wide = resizeToCover(pattern(13, 9), 4, 16);
  assert.deepEqual([wide.height, wide.width], [4, 16]);
  const image = pattern(13, 9);
  assert.equal(resizeToCover(image, 9, 13), image);
  const flat: Image = { width: 50, height: 3, channels: 1, data: new Uint8Array(150).fill(200) };
  assert.deepEqual(new Set(resizeToCover(flat, 7, 7).data), new Set([200]));
});

function pattern(width: number, height: number): Image {
  return {
    width,
    height,
    channels: 3,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i * 7) % 251),
  };
}

function sha256(image: Image): string {
  return createHash("sha256").update(image.data).digest("hex");
}
