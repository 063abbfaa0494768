/** One moment of a descent, from the strip of its frames. */
import { html, LitElement, type TemplateResult } from "lit";
import { framesAt } from "./frames.ts";

const strips = new Map<string, Promise<HTMLImageElement>>();
/** Strips that are kept decoded: those of the cards in sight, and a little more. */
const mostStrips = 64;

/** A picture that a canvas may be read from afterwards. */
export async function loaded(address: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = address;
  await image.decode();
  return image;
}

function strip(address: string): Promise<HTMLImageElement> {
  const known = strips.get(address) ?? loaded(address);
  strips.delete(address);
  strips.set(address, known);
  for (const [oldest] of strips) {
    if (strips.size <= mostStrips) break;
    strips.delete(oldest);
  }
  return known;
}

/** A canvas that shows the descent at `position`: 0 is the seed, 1 the inversion. It is decoration: its picture is named elsewhere. */
export class FilmFrame extends LitElement {
  static override properties = {
    address: {},
    frames: { type: Number },
    position: { type: Number },
  };

  declare address: string;
  declare frames: number;
  declare position: number;
  #image: HTMLImageElement | undefined;
  #shown = "";

  constructor() {
    super();
    this.address = "";
    this.frames = 1;
    this.position = 1;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    return html`<canvas aria-hidden="true"></canvas>`;
  }

  protected override updated(): void {
    if (this.#shown === this.address) this.#draw();
    else void this.#load(this.address);
  }

  async #load(address: string): Promise<void> {
    this.#image = undefined;
    this.#shown = address;
    try {
      const image = await strip(address);
      if (this.#shown === address) this.#image = image;
      this.#draw();
    } catch {
      // The picture below, which is that of the end, stays in sight.
      strips.delete(address);
    }
  }

  #draw(): void {
    const [image, canvas] = [this.#image, this.querySelector("canvas")];
    if (image === undefined || canvas === null) return;
    const width = Math.round(image.naturalWidth / this.frames);
    const height = image.naturalHeight;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d")!;
    context.imageSmoothingEnabled = false;
    const [first, second, mix] = framesAt(this.position, this.frames);
    const draw = (frame: number, alpha: number): void => {
      context.globalAlpha = alpha;
      context.drawImage(image, frame * width, 0, width, height, 0, 0, width, height);
    };
    draw(first, 1);
    if (mix > 0) draw(second, mix);
  }
}

customElements.define("film-frame", FilmFrame);
