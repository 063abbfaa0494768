import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { readTextAttribute } from "./attributes.ts";
import { Hdf5Bytes } from "./bytes.ts";
import { datasetTensor } from "./dataset.ts";
import { readDense } from "./denseStorage.ts";
import { GlobalHeap } from "./globalHeap.ts";
import { type Link, readLink } from "./links.ts";
import { type Message, messageType, readObjectHeader } from "./objectHeader.ts";
import { readSymbolTable } from "./symbolTable.ts";

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the identifier of a heap's object stands in the records of the two kinds of trees. */
const idOfLink = 4;
const idOfAttribute = 0;

/**
 * Opens an HDF5 file (file format specification 3.0) by positioned reads. Groups of both forms, text attributes and
 * data sets of numbers are read, which is what Keras writes; every link that leaves its group's file is refused.
 * @returns the root group
 * @throws Failure `h5/not-hdf5`, `h5/truncated`, `h5/damaged`, `h5/unsupported`
 */
export function openHdf5(source: ByteSource): Hdf5Object {
  const bytes = new Hdf5Bytes(source);
  const head = bytes.readUpTo(0, 128);
  if (!signature.every((byte, i) => head.bytes[i] === byte)) {
    throw bytes.failure("h5/not-hdf5", "This is not an HDF5 file.");
  }
  head.skip(8);
  const version = head.u8();
  if (version > 3) throw bytes.unsupported(`a superblock of version ${version}`);
  const isOld = version < 2;
  if (isOld) head.skip(4);
  const sizes = [head.u8(), head.u8()];
  if (sizes.some((size) => size !== 8)) throw bytes.unsupported("addresses of fewer than 64 bits");
  head.skip(isOld ? (version === 0 ? 9 : 13) : 1);
  const base = head.u64();
  if (base !== 0) throw bytes.unsupported("a user block before the data");
  head.skip(8);
  const end = head.u64();
  if (end > source.size) {
    throw bytes.failure("h5/truncated", `It should have ${end} bytes and has ${source.size}: the file is cut off.`);
  }
  // The old form has a symbol table entry here, whose second field is the address.
  if (isOld) head.skip(16);
  return new Hdf5Object({ bytes, heap: new GlobalHeap(bytes) }, head.u64(), "");
}

interface Hdf5File {
  readonly bytes: Hdf5Bytes;
  readonly heap: GlobalHeap;
}

/** A group or a data set. Nothing of it is read before it is asked for. */
export class Hdf5Object {
  readonly #file: Hdf5File;
  readonly #messages: readonly Message[];
  /** Where it stands in the file: two names may stand for one object. */
  readonly address: number;
  /** Names from the root, joined by `/`; empty for the root. */
  readonly path: string;
  #links: ReadonlyMap<string, Link> | undefined;
  #attributes: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(file: Hdf5File, address: number, path: string) {
    this.#file = file;
    this.address = address;
    this.path = path;
    this.#messages = readObjectHeader(file.bytes, address);
  }

  get isDataset(): boolean {
    return this.#messages.some(({ type }) => type === messageType.dataspace);
  }

  /**
   * Names in a group, in the file's order; none in a data set.
   * @throws Failure `h5/soft-link`, `h5/external-link`, `h5/damaged`, `h5/truncated`
   */
  names(): readonly string[] {
    return [...this.#linkMap().keys()];
  }

  /** What a path within a group stands for; `undefined` where there is none. */
  get(path: string): Hdf5Object | undefined {
    let found: Hdf5Object = this;
    for (const name of path.split("/")) {
      const next = name === "" ? found : found.#child(name);
      if (!next) return undefined;
      found = next;
    }
    return found;
  }

  /** An attribute that is a text or a list of texts. */
  texts(name: string): readonly string[] | undefined {
    this.#attributes ??= this.#readAttributes();
    return this.#attributes.get(name);
  }

  /** A data set's elements; `undefined` where they are no numbers. @throws Failure as {@link datasetTensor} says */
  tensor(): Tensor | undefined {
    return datasetTensor(this.#file.bytes, this.#messages, this.texts("dtype")?.[0] === "bfloat16");
  }

  #child(name: string): Hdf5Object | undefined {
    const link = this.#linkMap().get(name);
    return link && new Hdf5Object(this.#file, link.address, this.path === "" ? name : `${this.path}/${name}`);
  }

  #linkMap(): ReadonlyMap<string, Link> {
    this.#links ??= new Map(this.#readLinks().map((link) => [link.name, link]));
    return this.#links;
  }

  #readLinks(): Link[] {
    const { bytes } = this.#file;
    const links: Link[] = [];
    for (const message of this.#messages) {
      if (message.shared) continue;
      if (message.type === messageType.symbolTable) links.push(...readSymbolTable(bytes, message.data()));
      if (message.type === messageType.link) links.push(readLink(bytes, message.data()));
    }
    return [...links, ...this.#dense(messageType.linkInfo, 8, idOfLink).map((data) => readLink(bytes, data))];
  }

  #readAttributes(): ReadonlyMap<string, readonly string[]> {
    const compact = this.#messages.filter(({ type, shared }) => type === messageType.attribute && !shared);
    const messages = [
      ...compact.map((message) => message.data()),
      ...this.#dense(messageType.attributeInfo, 2, idOfAttribute),
    ];
    const attributes = messages.map((data) => readTextAttribute(this.#file.bytes, this.#file.heap, data));
    return new Map(attributes.filter((found) => found !== undefined).map(({ name, texts }) => [name, texts]));
  }

  /** Messages that stand in a heap, by the info message that says where (IV.A.2.c and IV.A.2.v). */
  #dense(type: number, orderSize: number, idOffset: number) {
    return this.#messages
      .filter((message) => message.type === type && !message.shared)
      .flatMap((message) => {
        const data = message.data();
        data.skip(1);
        if (data.u8() & 1) data.skip(orderSize);
        const heap = data.address();
        const tree = data.address();
        return heap === undefined || tree === undefined ? [] : readDense(this.#file.bytes, heap, tree, idOffset);
      });
  }
}
