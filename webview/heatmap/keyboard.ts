/** What a key means in the grid, after the ARIA practices for data grids. */
import type { CellIndex } from "./data.ts";
import type { Size } from "./geometry.ts";

export type Step =
  | { readonly kind: "move"; readonly to: CellIndex }
  | { readonly kind: "open" }
  | { readonly kind: "zoom"; readonly by: "in" | "out" }
  /** One step out: of the enlargement, then of the grid's detail. */
  | { readonly kind: "back" };

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/**
 * The step a key asks for; undefined where it is not ours.
 *
 * @param page rows that PageUp and PageDown move by.
 */
export function stepOf(key: Key, from: CellIndex, size: Size, page: number): Step | undefined {
  if (key.altKey) return undefined;
  const farthest = key.ctrlKey || key.metaKey;
  const move = (row: number, column: number): Step => ({
    kind: "move",
    to: { row: clamp(row, size.rows), column: clamp(column, size.columns) },
  });
  const { row, column } = from;
  switch (key.key) {
    case "ArrowUp":
      return move(farthest ? 0 : row - 1, column);
    case "ArrowDown":
      return move(farthest ? size.rows : row + 1, column);
    case "ArrowLeft":
      return move(row, farthest ? 0 : column - 1);
    case "ArrowRight":
      return move(row, farthest ? size.columns : column + 1);
    case "Home":
      return move(farthest ? 0 : row, 0);
    case "End":
      return move(farthest ? size.rows : row, size.columns);
    case "PageUp":
      return move(row - page, column);
    case "PageDown":
      return move(row + page, column);
    case "Enter":
    case " ":
      return { kind: "open" };
    case "Escape":
      return { kind: "back" };
    case "+":
    case "=":
      return farthest ? undefined : { kind: "zoom", by: "in" };
    case "-":
      return farthest ? undefined : { kind: "zoom", by: "out" };
    default:
      return undefined;
  }
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(0, index), length - 1);
}
