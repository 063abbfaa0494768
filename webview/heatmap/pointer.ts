/** What a pointer does on the cells: hover, click, drag an enlarged view, and the wheel. */
import type { CellIndex } from "./data.ts";
import type { Geometry, View } from "./geometry.ts";

export interface PointerTarget {
  geometry(): Geometry | undefined;
  hover(cell: CellIndex | undefined): void;
  open(cell: CellIndex): void;
  show(view: View): void;
}

/** A press that moves farther than this is a drag, in CSS pixels. */
const dragFrom = 4;
const wheelZoom = 0.0022;

/**
 * Listens on an element whose top left corner is the geometry's origin.
 *
 * @returns what ends it.
 */
export function followPointer(element: HTMLElement, target: PointerTarget): () => void {
  let pressed: { x: number; y: number; view: View; dragged: boolean } | undefined;
  const ended = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
    element.addEventListener(type, listener, { signal: ended.signal, passive: false });

  on("pointermove", (event) => {
    const geometry = target.geometry();
    if (geometry === undefined) return;
    if (pressed !== undefined && geometry.view.zoom > 1) {
      const [dx, dy] = [event.offsetX - pressed.x, event.offsetY - pressed.y];
      pressed.dragged ||= Math.hypot(dx, dy) > dragFrom;
      if (!pressed.dragged) return;
      element.classList.add("panning");
      const { row, column, zoom } = pressed.view;
      target.show({ zoom, row: row - dy / geometry.cell, column: column - dx / geometry.cell });
      return;
    }
    target.hover(geometry.cellAt(event.offsetX, event.offsetY));
  });

  on("pointerdown", (event) => {
    const geometry = target.geometry();
    if (event.button !== 0 || geometry === undefined) return;
    pressed = { x: event.offsetX, y: event.offsetY, view: geometry.view, dragged: false };
    element.setPointerCapture(event.pointerId);
  });

  on("pointerup", (event) => {
    const cell = target.geometry()?.cellAt(event.offsetX, event.offsetY);
    if (pressed?.dragged === false && cell !== undefined) target.open(cell);
    pressed = undefined;
    element.classList.remove("panning");
  });

  on("pointercancel", () => {
    pressed = undefined;
    element.classList.remove("panning");
  });

  on("pointerleave", () => {
    if (pressed === undefined) target.hover(undefined);
  });

  // Pinching on a trackpad arrives as a wheel with Control. The bare wheel scrolls the page, unless the view is enlarged.
  on("wheel", (event) => {
    const geometry = target.geometry();
    if (geometry === undefined) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      target.show(geometry.zoomed(Math.exp(-event.deltaY * wheelZoom), event.offsetX, event.offsetY));
    } else if (geometry.view.zoom > 1) {
      event.preventDefault();
      target.show(geometry.panned(event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY));
    }
  });

  return () => ended.abort();
}
