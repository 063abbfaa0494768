import { Failure } from "../failure.ts";

/**
 * Reads elements, or says why one tensor cannot be read: its elements are of a type that is not decoded, or damaged.
 * Others of the file may still be.
 * @returns the failure, where there is one of this kind.
 * @throws what is of another kind: a defect, or a file that is gone or has changed meanwhile.
 */
export function unlessUnread<T>(read: () => T): T | Failure {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure && !error.code.startsWith("file/")) return error;
    throw error;
  }
}
