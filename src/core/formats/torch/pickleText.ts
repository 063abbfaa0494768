/** The values that protocol 0 and the `LONG` opcodes spell, from text or bytes; `undefined` where they are malformed. */

/** Digits of the longest integer that is converted: conversion takes time that grows with their square. */
const maxDigits = 4096;

/** Argument of `INT`: decimal, or `00` and `01` for booleans. */
export function parseInt0(text: string): number | bigint | boolean | undefined {
  return text === "01" ? true : text === "00" ? false : parseLong(text);
}

/** Argument of `LONG`: decimal, with or without the `L` of Python 2. */
export function parseLong(text: string): number | bigint | undefined {
  const digits = text.trim().replace(/L$/, "");
  return /^[+-]?\d+$/.test(digits) && digits.length <= maxDigits ? narrow(BigInt(digits)) : undefined;
}

/** Argument of `FLOAT`: what Python's `repr` gives. */
export function parseFloat0(text: string): number | undefined {
  const special = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity }[text];
  const value = special ?? (text.trim() === "" ? Number.NaN : Number(text));
  return special === undefined && Number.isNaN(value) ? undefined : value;
}

/** Argument of `STRING`: a quoted Python literal. */
export function parseQuoted(text: string): string | undefined {
  const body = /^(['"])(.*)\1$/s.exec(text.trim())?.[2];
  return body?.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^x])/gs, (_, code: string) => {
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v", "\n": "" }[code] ?? code;
  });
}

/** Argument of `UNICODE`: `raw-unicode-escape`, in which only `\u` and `\U` are escapes. */
export function parseRawUnicode(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? "", 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Argument of `LONG1` and `LONG4`: two's complement, lowest byte first. */
export function parseBinaryLong(bytes: Uint8Array): number | bigint | undefined {
  if (bytes.length > maxDigits) return undefined;
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  const negative = (bytes.at(-1) ?? 0) >= 0x80;
  return narrow(negative ? value - (1n << BigInt(8 * bytes.length)) : value);
}

/** Integers that a double holds become numbers. */
function narrow(value: bigint): number | bigint {
  const small = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return small ? Number(value) : value;
}
