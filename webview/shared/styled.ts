/** Styles that are computed: set one by one, as a style attribute is refused by the page's policy. */
import { noChange } from "lit";
import { Directive, directive, type ElementPart, type PartInfo, PartType } from "lit/directive.js";

type Styles = Readonly<Record<string, string>>;

class Styled extends Directive {
  #before: Styles = {};

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new TypeError("styled() stands in a tag by itself");
  }

  override render(_styles: Styles): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [styles]: [Styles]): typeof noChange {
    const { style } = element as HTMLElement;
    for (const name of Object.keys(this.#before)) if (!(name in styles)) style.removeProperty(name);
    for (const [name, value] of Object.entries(styles)) {
      if (this.#before[name] !== value) style.setProperty(name, value);
    }
    this.#before = styles;
    return noChange;
  }
}

/** Styles of the element whose tag it stands in, by the names that CSS has for them: `<i ${styled({ "--x": "1" })}>`. */
export const styled = directive(Styled);
