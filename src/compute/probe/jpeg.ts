import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import mozjpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import type { Image } from "../../core/probe/resize.ts";

/**
 * Decodes JPEG files with mozjpeg, compiled to WebAssembly: the arithmetic of libjpeg-turbo (slow integer DCT, smooth
 * chroma), which Pillow and torchvision use, so that networks see the bytes they were trained on. Orientation tags are
 * not obeyed, as torchvision's image folders do not obey them either.
 */

/** What of the Emscripten module is used. */
interface Decoder {
  decode(
    bytes: Uint8Array,
    obeyOrientation: boolean,
  ): { width: number; height: number; data: Uint8ClampedArray } | null;
}

/** The part of the WebAssembly interface that is needed; Node has it, its type package does not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: unknown) => { readonly exports: unknown };
};

const wasmFile = "mozjpeg_dec.wasm";

let compiled: object | undefined;
let decoder: Decoder | undefined;
/** What the decoder said since the last image began. */
let complaints: string[] = [];

/**
 * The pixels of a JPEG file.
 * @param channels 1 keeps one channel of a grey image, 3 gives RGB
 * @throws Error whose message is the decoder's own, also where a file is merely cut off
 */
export function decodeJpeg(bytes: Uint8Array, channels: 1 | 3): Image {
  complaints = [];
  decoder ??= startDecoder();
  let decoded: ReturnType<Decoder["decode"]>;
  try {
    decoded = decoder.decode(bytes, false);
  } catch (error) {
    // The C code gave up by "exit" and freed nothing: the next image gets a fresh start.
    decoder = undefined;
    throw new Error(complaints.at(-1) ?? String(error));
  }
  // libjpeg fills what is missing with grey and only warns; Pillow refuses such files, and passes over other warnings.
  const cutOff = complaints.find((complaint) => complaint.startsWith("Premature end"));
  if (decoded === null || cutOff !== undefined) throw new Error(cutOff ?? "it cannot be decoded");
  const { width, height, data } = decoded;
  const out = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < channels; channel++)
      out[pixel * channels + channel] = data[4 * pixel + channel] ?? 0;
  }
  return { width, height, channels, data: out };
}

/** Emscripten fills in the object it is given before it returns, as instantiation is synchronous here. */
function startDecoder(): Decoder {
  compiled ??= new WebAssembly.Module(readFileSync(wasmPath()));
  const code = compiled;
  const module = {
    noInitialRun: true,
    printErr: (text: string) => complaints.push(text),
    instantiateWasm(imports: unknown, done: (instance: unknown) => void) {
      const instance = new WebAssembly.Instance(code, imports);
      done(instance);
      return instance.exports;
    },
  };
  void mozjpeg(module);
  return module as unknown as Decoder;
}

/** Beside the bundle, where the build puts it; run from source, in the package. */
function wasmPath(): string {
  const beside = join(import.meta.dirname, wasmFile);
  if (existsSync(beside)) return beside;
  return createRequire(join(import.meta.dirname, "jpeg.ts")).resolve(`@jsquash/jpeg/codec/dec/${wasmFile}`);
}
