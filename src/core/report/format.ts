/** Numbers as people read them, the same in the terminal, the page and the exports for people. */

const minus = "−";
/** Keeps a number and its unit on one line. */
const space = "\u00a0";

/** A value of a measure: `0.83`, `−0.04`, `undefined`. A value that only rounds to 1 is written `0.999`. */
export function measureValue(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "undefined";
  const rounded = value.toFixed(digits);
  const text = rounded === (1).toFixed(digits) && value < 1 - 1e-6 ? floored(value, digits + 1) : rounded;
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", minus);
}

/** Both ends of an interval: `0.81 to 0.85`; empty where the estimator gave none. */
export function interval(low: number | null | undefined, high: number | null | undefined, digits = 2): string {
  if (low === null || low === undefined || high === null || high === undefined) return "";
  return `${measureValue(low, digits)} to ${measureValue(high, digits)}`;
}

/** A fraction as a percentage: `91 %`; never rounded to 0 % or 100 % unless it is that. */
export function percent(fraction: number, digits = 0): string {
  const value = fraction * 100;
  let used = digits;
  while (used < 3 && isWhole(Number(value.toFixed(used))) && !isWhole(value)) used++;
  return `${value.toFixed(used)}${space}%`;
}

/** A whole number in groups of three: `25 557 032`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** `3 models`, `1 model`. */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** Seconds: `0.84 s`, `12 s`, `3 min 12 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)}${space}s`;
  if (seconds < 60) return `${Math.round(seconds)}${space}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}${space}min ${whole % 60}${space}s`;
}

/** Mebibytes: `411 MB`, `2.1 GB`. */
export function memory(megabytes: number): string {
  return megabytes < 1000 ? `${Math.round(megabytes)}${space}MB` : `${(megabytes / 1024).toFixed(1)}${space}GB`;
}

/** Sizes of one sample or tensor: `n × 64 × 8 × 8`; a scalar is `scalar`. */
export function shape(sizes: readonly (string | number | null)[]): string {
  return sizes.length === 0 ? "scalar" : sizes.map((size) => size ?? "?").join(" × ");
}

/** The first characters of a digest, enough to tell files apart by eye. */
export function shortDigest(digest: string): string {
  const hex = digest.includes(":") ? digest.slice(digest.indexOf(":") + 1) : digest;
  return hex.slice(0, 10);
}

/** Shortens a long name in its middle, where module paths differ least, to at most `length` characters. */
export function middle(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  if (length <= 1) return "…";
  const tail = Math.ceil((length - 1) / 2);
  const head = length - 1 - tail;
  return `${characters.slice(0, head).join("")}…${characters.slice(-tail).join("")}`;
}

function floored(value: number, digits: number): string {
  const unit = 10 ** digits;
  return (Math.floor(value * unit) / unit).toFixed(digits);
}

function isWhole(percentage: number): boolean {
  return percentage === 0 || percentage === 100;
}
