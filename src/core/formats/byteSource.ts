/**
 * Random access to the bytes of one file. Reads are synchronous: readers run in the compute process, whose event loop
 * the runtime blocks anyway, and positioned reads keep a 10 GB checkpoint from ever being in memory as a whole.
 */
export interface ByteSource {
  /** Name for messages: the path as the user gave it. */
  readonly name: string;
  /** Size of the file in bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`. The result may be a view that is valid until the next read: copy what is kept.
   * @throws Failure `file/short-read` where the range leaves the file.
   */
  read(offset: number, length: number): Uint8Array;
  /** Where these bytes stand, as they are, in a file on disk; absent where they do not. */
  readonly place?: FilePlace;
}

export interface FilePlace {
  /** Path of the file. */
  readonly file: string;
  /** Where the first byte stands in it. */
  readonly offset: number;
}

/** The files beside a checkpoint, which it may name (external data, shards). */
export interface SiblingFiles {
  /**
   * Opens a file by its path relative to the checkpoint's folder.
   * @throws Failure `path/outside-folder`, `path/symlink-outside` or `path/not-local` where the path leaves the folder,
   *   `file/missing` where there is none.
   */
  open(relativePath: string): ByteSource;
}

/** A source over bytes that are in memory already. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
