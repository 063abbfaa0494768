import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeLatin1 } from "../latin1.ts";
import { bigEndian } from "../torch/zipFile.ts";
import { decodeUtf8 } from "../utf8.ts";
import { openZip, type ZipArchive } from "../zip.ts";

/** Where an export of `torch.export.save` keeps what; PyTorch's layouts differ, their contents hardly do. */
export interface Pt2Archive {
  readonly archive: ZipArchive;
  /** Name of the model among several; empty where the layout holds one. */
  readonly model: string;
  /** Other models in the archive, by name. */
  readonly others: readonly string[];
  /** Member that describes the graph, as JSON. */
  readonly program: string;
  /** Folders and members that hold the elements. */
  readonly weights: PayloadPlace;
  readonly constants: PayloadPlace;
}

/** Members that may hold tensors: files of `torch.save`, or a list of raw files in a folder. */
export interface PayloadPlace {
  readonly saved: readonly string[];
  readonly config?: string;
  readonly folder: string;
}

const flatProgram = "serialized_exported_program.json";
const maxProgramBytes = 256 * 2 ** 20;

/**
 * Finds the parts of an export, whatever version wrote it: files at the top (2.1 to 2.7), or an archive of models, weights
 * and constants (2.8 on).
 * @throws Failure `zip/…`, `pt2/not-pt2`, `pt2/aotinductor-only`, `pt2/no-model`, `torch/big-endian`.
 */
export function openPt2(source: ByteSource): Pt2Archive {
  const archive = openZip(source);
  if (archive.entries.has(flatProgram)) {
    const place = (name: string): PayloadPlace => ({ saved: [`${name}.pt`, `${name}.json`], folder: "" });
    return {
      archive,
      model: "",
      others: [],
      program: flatProgram,
      weights: place("serialized_state_dict"),
      constants: place("serialized_constants"),
    };
  }
  return openModels(source, archive);
}

function openModels(source: ByteSource, archive: ZipArchive): Pt2Archive {
  const names = [...archive.entries.keys()];
  const format = names.find((name) => /^(?:[^/]+\/)?archive_format$/.test(name));
  const root = format?.slice(0, -"archive_format".length) ?? "";
  const models = names.flatMap((name) => {
    const inside = name.startsWith(`${root}models/`) ? name.slice(`${root}models/`.length) : "";
    return /^[^/]+\.json$/.test(inside) ? [inside.slice(0, -".json".length)] : [];
  });
  if (models.length === 0 && names.some((name) => name.includes("data/aotinductor/"))) throw compiledOnly();
  if (format === undefined || smallText(archive, format) !== "pt2") {
    throw new Failure("pt2/not-pt2", "This is not an export of torch.export.", { file: source.name });
  }
  if (archive.entries.has(`${root}byteorder`) && smallText(archive, `${root}byteorder`) === "big") {
    throw bigEndian(source.name);
  }
  const model = models.includes("model") ? "model" : models[0];
  if (model === undefined) throw new Failure("pt2/no-model", "It holds no graph.", { file: source.name });
  const place = (kind: "weights" | "constants"): PayloadPlace => ({
    saved: [`${root}data/${kind}/${model}.pt`],
    config: `${root}data/${kind}/${model}_${kind}_config.json`,
    folder: `${root}data/${kind}/`,
  });
  return {
    archive,
    model,
    others: models.filter((name) => name !== model),
    program: `${root}models/${model}.json`,
    weights: place("weights"),
    constants: place("constants"),
  };
}

/** Reads a member of text. @throws Failure `pt2/limit`, `pt2/malformed`. */
export function readText(archive: ZipArchive, name: string): string {
  const size = archive.entries.get(name)?.size ?? 0;
  if (size > maxProgramBytes) throw new Failure("pt2/limit", `The member "${name}" has ${size} bytes of text.`);
  const member = archive.open(name);
  const text = decodeUtf8(member.read(0, member.size));
  if (text === undefined) throw new Failure("pt2/malformed", `The member "${name}" is no text.`);
  return text;
}

/** A member of a few letters. */
function smallText(archive: ZipArchive, name: string): string {
  const member = (archive.entries.get(name)?.size ?? 0) < 64 ? archive.open(name) : undefined;
  return member ? decodeLatin1(member.read(0, member.size)).trim() : "";
}

function compiledOnly(): Failure {
  return new Failure(
    "pt2/aotinductor-only",
    "It holds a compiled program (AOTInductor) and no graph; compiled code is never loaded.",
    {
      hint: "Save the program before it is compiled: torch.export.save(torch.export.export(model, args), 'model.pt2').",
    },
  );
}
