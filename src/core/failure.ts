/** Letters of a message: what it quotes from a hostile file may be a megabyte. */
const longest = 2000;

/**
 * The one error type that reaches a user: a stable code (`format/reason`), a sentence that says what is wrong and
 * where, and what to do about it. Anything else that is thrown is a defect of ours and is reported as such.
 */
export class Failure extends Error {
  readonly code: string;
  readonly file: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, where: { file?: string | undefined; hint?: string | undefined } = {}) {
    super(message.length > longest ? `${message.slice(0, longest)}…` : message);
    this.name = "Failure";
    this.code = code;
    this.file = where.file;
    this.hint = where.hint;
  }

  /** The same failure with the file named, unless one is named already. */
  in(file: string): Failure {
    return this.file === undefined ? new Failure(this.code, this.message, { file, hint: this.hint }) : this;
  }
}

/** A failure as it crosses a process border or stands in `--json` output. */
export interface FailureRecord {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly hint?: string;
}

/** Any thrown value as a record; what is not a {@link Failure} carries the code `internal`. */
export function failureRecord(error: unknown): FailureRecord {
  if (error instanceof Failure) {
    return {
      code: error.code,
      message: error.message,
      ...(error.file !== undefined && { file: error.file }),
      ...(error.hint !== undefined && { hint: error.hint }),
    };
  }
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
