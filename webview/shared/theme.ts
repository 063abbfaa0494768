/**
 * The colours around a canvas. They are CSS variables of the page (`tokens.css`), which follow VS Code's theme, the
 * system's, or forced colours; a canvas has to be told their values, and when they change.
 */
import type { Ground } from "../../src/core/report/colour.ts";

export interface Theme {
  readonly ground: Ground;
  /** Colours are the user's, lines matter more than tints. */
  readonly isHighContrast: boolean;
  readonly paper: string;
  readonly ink: string;
  readonly dim: string;
  readonly line: string;
  readonly accent: string;
  readonly font: string;
}

/** The theme as an element sees it. */
export function themeOf(element: HTMLElement): Theme {
  const style = getComputedStyle(element);
  const resolve = colourResolver(element);
  const paper = resolve("--likeness-paper");
  const theme: Theme = {
    ground: isDark(paper) ? "dark" : "light",
    isHighContrast: style.getPropertyValue("--likeness-high-contrast").trim() === "1",
    paper,
    ink: resolve("--likeness-ink"),
    dim: resolve("--likeness-dim"),
    line: resolve("--likeness-line"),
    accent: resolve("--likeness-accent"),
    font: style.fontFamily,
  };
  resolve.end();
  return theme;
}

/**
 * Calls back when the theme may have changed: VS Code writes its variables into `<html style>` and its kind into
 * `<body class>`; the system speaks through media queries; paper is light.
 *
 * @returns what ends the watch.
 */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)", "print"];
  const media = queries.map((query) => matchMedia(query));
  for (const query of media) query.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    for (const query of media) query.removeEventListener("change", changed);
  };
}

/** Custom properties compute to their text; only a real property turns `Canvas` or `#fff` into red, green and blue. */
function colourResolver(element: HTMLElement): ((variable: string) => string) & { end(): void } {
  const probe = document.createElement("span");
  probe.hidden = true;
  (element.shadowRoot ?? element).append(probe);
  const resolve = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return getComputedStyle(probe).color;
  };
  return Object.assign(resolve, { end: () => probe.remove() });
}

function isDark(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
