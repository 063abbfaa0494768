import type { Operand } from "./operand.ts";
import type { AtenTensor } from "./value.ts";

/** What a view is made of: how to see the elements of another tensor, and how to write them back there. */
export interface View {
  readonly base: Handle;
  /** The view of what the base holds. */
  readonly see: (base: Operand) => Operand;
  /** What the base holds once the view holds `written`. */
  readonly writeBack: (base: Operand, written: Operand) => Operand;
}

/**
 * A tensor with PyTorch's identity. One that is a view looks at its base again whenever something was written there, by
 * itself or by another view.
 */
export class Handle implements AtenTensor {
  readonly kind = "tensor";
  readonly #view: View | undefined;
  #operand: Operand;
  /** Counts what was written into the tensor that all views show. */
  #version = 0;

  constructor(operand: Operand, view?: View) {
    this.#operand = operand;
    this.#view = view;
    this.#version = view?.base.version ?? 0;
  }

  get value(): string {
    return this.operand.value;
  }

  /** How many views lie between the tensor and the elements it shows. */
  get depth(): number {
    let depth = 0;
    for (let view = this.#view; view; view = view.base.#view) depth++;
    return depth;
  }

  /** What the tensor holds now. */
  get operand(): Operand {
    const view = this.#view;
    const version = this.version;
    if (view && this.#version !== version) {
      this.#operand = view.see(view.base.operand);
      this.#version = version;
    }
    return this.#operand;
  }

  /** How often the elements were written. */
  get version(): number {
    let root: Handle = this;
    while (root.#view) root = root.#view.base;
    return root.#version;
  }

  /** Writes elements of the tensor's own shape and type. */
  write(operand: Operand): void {
    const view = this.#view;
    if (!view) {
      this.#operand = operand;
      this.#version++;
      return;
    }
    view.base.write(view.writeBack(view.base.operand, operand));
    this.#operand = operand;
    this.#version = this.version;
  }
}
