/** What the panel leaves with the editor: where the reader is, never what was computed. */
import type { InversionQuestion } from "../../src/protocol/view.ts";
import { type InversionPlace, keptPlace } from "./place.ts";

export interface Kept {
  /** Absent for a saved report, which its file restores. */
  readonly question?: InversionQuestion;
  readonly place: InversionPlace;
  readonly isFormOpen: boolean;
  /** Of the page, in CSS pixels. */
  readonly scrolled: number;
}

/** What was kept, as far as it can be read. The question is the host's to read. */
export function readKept(kept: unknown): Omit<Kept, "question"> {
  const { place, isFormOpen, scrolled } = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<
    Record<keyof Kept, unknown>
  >;
  return {
    place: keptPlace(place),
    isFormOpen: isFormOpen === true,
    scrolled: typeof scrolled === "number" && scrolled > 0 ? scrolled : 0,
  };
}
