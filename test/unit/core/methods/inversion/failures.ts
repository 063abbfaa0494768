import { Failure } from "../../../../../src/core/failure.ts";

/** Whether an error is the failure of this code. */
export function isFailure(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Failure && error.code === code;
}
