import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { readCheckpoint } from "../../src/compute/models/readCheckpoint.ts";
import type { ByteSource, SiblingFiles } from "../../src/core/formats/byteSource.ts";
import { type Checkpoint, noProvenance } from "../../src/core/formats/checkpoint.ts";
import { maskedCrc32c } from "../../src/core/formats/crc32c.ts";
import { readFlax } from "../../src/core/formats/flax/reader.ts";
import { readGguf } from "../../src/core/formats/gguf/reader.ts";
import { readKeras } from "../../src/core/formats/keras/reader.ts";
import { readKerasHdf5 } from "../../src/core/formats/keras/readHdf5.ts";
import { writeNpy } from "../../src/core/formats/npy.ts";
import { openNpz } from "../../src/core/formats/npz.ts";
import { readOnnxCheckpoint } from "../../src/core/formats/onnx/checkpoint.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import { readPt2 } from "../../src/core/formats/pt2/reader.ts";
import { readSafetensors } from "../../src/core/formats/safetensors/reader.ts";
import { readSafetensorsIndex } from "../../src/core/formats/safetensors/shardedReader.ts";
import { readRows } from "../../src/core/formats/storedArray.ts";
import { readTensorBundle } from "../../src/core/formats/tensorflow/reader.ts";
import { readTfjs } from "../../src/core/formats/tfjs/reader.ts";
import { readTorch } from "../../src/core/formats/torch/reader.ts";
import { readTorchScript } from "../../src/core/formats/torchscript/reader.ts";
import { exportedProgram } from "../fixtures/exportedProgram.ts";
import { richProgram } from "../fixtures/onnxRichProgram.ts";
import { safetensorsFile } from "../fixtures/safetensors.ts";
import { bundleIndex } from "../fixtures/tensorBundle.ts";
import { torchTar } from "../fixtures/torchTar.ts";
import { writeZip } from "../fixtures/zipWriter.ts";
import type { Files } from "./memoryFolder.ts";
import { ascii } from "./mutateBytes.ts";
import { type DamageParts, damageJson, damageSafetensors, damageTable, damageTar, damageZip } from "./mutateParts.ts";

/** A good file (with those beside it), from which bad ones are made. */
export interface Seed {
  readonly name: string;
  readonly files: Files;
  /** The file that the reader is given. */
  readonly main: string;
  readonly damageParts?: DamageParts;
  /** Sizes of a sample of its network, where that must be told. */
  readonly sampleShape?: readonly number[];
}

/** A reader, and what it is fed with. */
export interface Target {
  readonly name: string;
  readonly seeds: () => readonly Seed[];
  readonly read: (source: ByteSource, siblings: SiblingFiles) => Checkpoint;
  /** Words of the format. */
  readonly tokens: readonly Uint8Array[];
}

const fixtures = join(import.meta.dirname, "../fixtures");

function fixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(fixtures, path)));
}

function seed(path: string, more: Pick<Seed, "damageParts" | "sampleShape"> = {}): Seed {
  return { name: path, main: "file", files: { file: fixture(path) }, ...more };
}

const zipped = { damageParts: damageZip };

const jsonTokens = ['"', "{", "}", "[", "]", "null", "-1", "1e400", '"__proto__":', '"shape"', "true", ",", "\\u0000"];
const pickleTokens = [
  ..."(.0123NQRabcdehlopqrstu}]{)GIJKLMV\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98",
  "cos\nsystem\n",
  "ctorch\nFloatStorage\n",
  "ctorch._utils\n_rebuild_tensor_v2\n",
  "ccollections\nOrderedDict\n",
  "ctorch._tensor\n_rebuild_from_type_v2\n",
  "ctorch._utils\n_rebuild_sparse_tensor\n",
  "\x8a\xff",
  "\x8b\xff\xff\xff\x7f",
  "X\xff\xff\xff\x7f",
];
const codeTokens = [
  "(",
  ")",
  "[",
  "]",
  "self",
  "=",
  " ",
  "\n",
  "for",
  "while",
  "if",
  "return",
  "ops.",
  "CONSTANTS.c0",
  "None",
];
const wireTokens = ["\x08", "\x0a", "\x12", "\x1a", "\x22", "\x2a", "\x32", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"];
const msgpackTokens = [
  "\xc0",
  "\xc4",
  "\xc6",
  "\xc7",
  "\xc9",
  "\xd9",
  "\xdb",
  "\xdc",
  "\xdd",
  "\xde",
  "\xdf",
  "\xdf\xff\xff\xff\xff",
];

/** Two variables and their averages; some are slices, texts or of the training. */
function bundle(): Seed {
  const data = new Uint8Array(Float32Array.from({ length: 16 }, (_, i) => i / 4).buffer);
  const floats = (shape: readonly number[], offset: number) => {
    const size = 4 * shape.reduce((a, b) => a * b, 1);
    return { type: 1, shape, offset, size, checksum: maskedCrc32c(data.subarray(offset, offset + size)) };
  };
  const index = bundleIndex({
    "layer-0/kernel/.ATTRIBUTES/VARIABLE_VALUE": floats([2, 3], 0),
    "conv/weights": floats([4], 24),
    "conv/weights/ExponentialMovingAverage": floats([4], 40),
    sliced: { ...floats([2], 0), slices: true },
    text: { type: 7, shape: [], offset: 0, size: 3, checksum: 0 },
  });
  return {
    name: "bundle",
    main: "m.index",
    files: { "m.index": index, "m.data-00000-of-00001": data },
    damageParts: damageTable,
  };
}

function shards(): Seed {
  const shard = (name: string) =>
    safetensorsFile({ [name]: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] } }, 16);
  const index = { metadata: { total_size: 32 }, weight_map: { a: "1.safetensors", b: "2.safetensors" } };
  return {
    name: "shards",
    main: "model.safetensors.index.json",
    files: {
      "model.safetensors.index.json": ascii(JSON.stringify(index)),
      "1.safetensors": shard("a"),
      "2.safetensors": shard("b"),
    },
    damageParts: damageJson,
  };
}

/** A dense layer and a batch norm, as Keras describes them. */
function kerasConfig(extent: object) {
  const layer = (class_name: string, config: object) => ({ class_name, config });
  return {
    class_name: "Sequential",
    config: {
      name: "net",
      layers: [
        layer("InputLayer", { name: "input", ...extent }),
        layer("Dense", { name: "dense", units: 4, activation: "relu", use_bias: true }),
        layer("Dense", { name: "dense_1", units: 5, activation: "softmax", use_bias: true }),
        layer("BatchNormalization", {
          name: "batch_normalization",
          axis: -1,
          epsilon: 0.001,
          center: true,
          scale: true,
        }),
      ],
    },
  };
}

function kerasArchive(): Seed {
  const config = { ...kerasConfig({ batch_shape: [null, 5] }), module: "keras" };
  const members = [
    { name: "metadata.json", content: ascii('{"keras_version": "3.3.3", "date_saved": "2024-05-01@00:00:00"}') },
    { name: "config.json", content: ascii(JSON.stringify(config)) },
    { name: "model.weights.h5", content: fixture("hdf5/tree.weights.h5") },
  ];
  return { name: "keras", main: "file", files: { file: writeZip(members) }, damageParts: damageZip };
}

function tfjs(): Seed {
  const names = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"];
  const shapes = [[5, 4], [4], [4, 5], [5]];
  const norms = ["gamma", "beta", "moving_mean", "moving_variance"].map((name) => `batch_normalization/${name}`);
  const weights = [
    ...names.map((name, i) => ({ name, shape: shapes[i], dtype: "float32" })),
    ...norms.map((name) => ({
      name,
      shape: [5],
      dtype: "float32",
      quantization: { dtype: "uint8", scale: 0.1, min: 0 },
    })),
  ];
  const model = {
    format: "layers-model",
    modelTopology: { keras_version: "2.9.0", model_config: kerasConfig({ batch_input_shape: [null, 5] }) },
    weightsManifest: [{ paths: ["1.bin", "2.bin"], weights }],
  };
  return {
    name: "tfjs",
    main: "model.json",
    files: {
      "model.json": ascii(JSON.stringify(model)),
      "1.bin": new Uint8Array(100),
      "2.bin": new Uint8Array(4 * 49 - 100 + 20),
    },
    damageParts: damageJson,
  };
}

function npz(): Seed {
  const inputs = writeNpy("float32", [3, 2], new Uint8Array(24));
  const labels = writeNpy("int64", [3], new Uint8Array(24));
  return {
    name: "npz",
    main: "file",
    files: { file: zipSync({ "x.npy": inputs, "y.npy": labels }) },
    damageParts: damageZip,
  };
}

/** The arrays of a probe, as if they were weights. */
function readNpz(source: ByteSource): Checkpoint {
  const { inputs, labels } = openNpz(source);
  const tensors = new Map(
    Object.entries({ inputs, ...(labels && { labels }) }).map(([name, array]) => {
      const { shape } = array;
      return [name, { dtype: "float32" as const, shape, bytes: () => rowsOf(array) }];
    }),
  );
  return { format: "npz", weights: { tensors, inModuleOrder: true }, provenance: noProvenance };
}

function rowsOf(array: ReturnType<typeof openNpz>["inputs"]): Uint8Array {
  return new Uint8Array(readRows(array, 0, array.shape[0] ?? 1, "float32").buffer);
}

const torchZips = [
  "state.pt",
  "state_protocol4.pt",
  "types.pt",
  "views.pt",
  "trainer.ckpt",
  "sparse.pt",
  "quantised.pt",
  "numpy.pt",
  "module.pt",
];
const torchOld = ["state_legacy.pth", "views_legacy.pth", "module_legacy.pth", "dumped.pkl"];

const hdf5 = ["legacy.h5", "tree.weights.h5", "storage-old.h5", "storage-new.h5", "groups-new.h5"];

/** Every reader of checkpoints, and that of probes. */
export const targets: readonly Target[] = [
  {
    name: "torch-zip",
    seeds: () => torchZips.map((name) => seed(`torch/${name}`, zipped)),
    read: readTorch,
    tokens: pickleTokens.map(ascii),
  },
  {
    name: "torch-legacy",
    seeds: () => torchOld.map((name) => seed(`torch/${name}`)),
    read: readTorch,
    tokens: pickleTokens.map(ascii),
  },
  {
    name: "torch-tar",
    seeds: () => [{ name: "tar", main: "file", files: { file: torchTar() }, damageParts: damageTar }],
    read: readTorch,
    tokens: pickleTokens.map(ascii),
  },
  {
    name: "torchscript",
    seeds: () => [
      seed("torchscript/traced.pt", { ...zipped, sampleShape: [1, 8, 8] }),
      seed("torchscript/scripted_training.pt", zipped),
      seed("torchscript/undecided.pt", zipped),
      seed("torchscript/mobile.ptl", zipped),
    ],
    read: readTorchScript,
    tokens: [...codeTokens, ...pickleTokens].map(ascii),
  },
  {
    name: "safetensors",
    seeds: () => [
      {
        name: "made",
        main: "file",
        files: {
          file: safetensorsFile(
            {
              __metadata__: { format: "pt" },
              a: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
              b: { dtype: "BF16", shape: [3], data_offsets: [16, 22] },
              c: { dtype: "I64", shape: [], data_offsets: [22, 30] },
              d: { dtype: "F8_E4M3", shape: [0, 5], data_offsets: [30, 30] },
            },
            30,
          ),
        },
        damageParts: damageSafetensors,
      },
      seed("huggingFace/gpt2.safetensors", { damageParts: damageSafetensors }),
    ],
    read: readSafetensors,
    tokens: [...jsonTokens, '"F64"', '"data_offsets"', "__metadata__"].map(ascii),
  },
  {
    name: "safetensors-index",
    seeds: () => [shards()],
    read: readSafetensorsIndex,
    tokens: [...jsonTokens, "../"].map(ascii),
  },
  {
    name: "gguf",
    seeds: () => [seed("gguf/quantised.gguf")],
    read: readGguf,
    tokens: ["GGUF", "\x08", "\x09"].map(ascii),
  },
  { name: "flax", seeds: () => [seed("flax/state.msgpack")], read: readFlax, tokens: msgpackTokens.map(ascii) },
  { name: "tensorflow", seeds: () => [bundle()], read: readTensorBundle, tokens: wireTokens.map(ascii) },
  {
    name: "onnx",
    seeds: () => [
      { name: "rich", main: "file", files: { file: writeOnnx(richProgram()) } },
      seed("donors/tied.onnx"),
      seed("donors/preActivation.onnx"),
    ],
    read: readOnnxCheckpoint,
    tokens: wireTokens.map(ascii),
  },
  {
    name: "pt2",
    seeds: () => [{ name: "made", main: "file", files: { file: exportedProgram() }, damageParts: damageZip }],
    read: readPt2,
    tokens: [...jsonTokens, '{"as_int":-1}', '{"as_expr":', "aten.mul.Tensor", "_operator.getitem"].map(ascii),
  },
  {
    name: "hdf5",
    seeds: () => hdf5.map((name) => seed(`hdf5/${name}`)),
    read: readKerasHdf5,
    tokens: ["HEAP", "TREE", "SNOD", "OHDR", "OCHK", "FRHP", "FHDB", "BTHD", "BTLF", "GCOL"].map(ascii),
  },
  { name: "keras", seeds: () => [kerasArchive()], read: readKeras, tokens: jsonTokens.map(ascii) },
  { name: "tfjs", seeds: () => [tfjs()], read: readTfjs, tokens: [...jsonTokens, '"units"', '"int32"'].map(ascii) },
  { name: "npz", seeds: () => [npz()], read: readNpz, tokens: ["'descr': ", "'shape': (", "True", "<f2"].map(ascii) },
  {
    name: "identify",
    // Whatever reader the damaged content is then believed to be for.
    seeds: () => targets.filter(({ name }) => name !== "identify" && name !== "npz").flatMap(({ seeds }) => seeds()),
    read: readCheckpoint,
    tokens: ["PK\x03\x04", "\x80\x02", "GGUF", "{", "\x89HDF\r\n\x1a\n", "<html"].map(ascii),
  },
];
