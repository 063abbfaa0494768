/** Small checks of JSON values, put together to the shape of a document. Each says what is wrong, and where. */

/** `undefined` where the value is as it should be, else what is wrong, led by its place `at`. */
export type Check = (value: unknown, at: string) => string | undefined;

/** What a document from a file may hold at most. */
export const limits = { text: 4096, items: 100_000, models: 256, cells: 4_000_000 } as const;

/** A problem as a clause: `report.models[0].path is not a text`. */
export function refuse(at: string, problem: string): string {
  return `\`${at}\` ${problem}`;
}

export const text: Check = (value, at) => {
  if (typeof value !== "string") return refuse(at, "is not a text");
  return value.length <= limits.text ? undefined : refuse(at, `is longer than ${limits.text} characters`);
};

export const finite: Check = (value, at) => (Number.isFinite(value) ? undefined : refuse(at, "is not a number"));

/** A count or an index. */
export const whole: Check = (value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : refuse(at, "is not a whole number from 0 up");

export const truth: Check = (value, at) =>
  typeof value === "boolean" ? undefined : refuse(at, "is neither true nor false");

export function nullable(check: Check): Check {
  return (value, at) => (value === null ? undefined : check(value, at));
}

/** A property that may be absent. */
export function optional(check: Check): Check {
  return (value, at) => (value === undefined ? undefined : check(value, at));
}

export function anyOf(what: string, ...checks: readonly Check[]): Check {
  return (value, at) =>
    checks.some((check) => check(value, at) === undefined) ? undefined : refuse(at, `is not ${what}`);
}

export function list(check: Check, most: number = limits.items): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return refuse(at, "is not a list");
    if (value.length > most) return refuse(at, `has more than ${most} entries`);
    for (const [i, each] of value.entries()) {
      const problem = check(each, `${at}[${i}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** An object with at least these properties. */
export function object(properties: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(properties);
  return (value, at) => {
    if (!isObject(value)) return refuse(at, "is not an object");
    for (const [name, check] of checks) {
      const problem = check(Object.hasOwn(value, name) ? value[name] : undefined, `${at}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** An object whose properties, whatever they are called, are all alike. */
export function record(check: Check): Check {
  return (value, at) => {
    if (!isObject(value)) return refuse(at, "is not an object");
    const entries = Object.entries(value);
    if (entries.length > limits.items) return refuse(at, `has more than ${limits.items} entries`);
    for (const [name, each] of entries) {
      const place = `${at}[${JSON.stringify(name.slice(0, 60))}]`;
      const problem = text(name, place) ?? check(each, place);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Matrices of so many rows and columns, of numbers and `null`. */
export function matrixOf(rows: number, columns: number): Check {
  return (value, at) => {
    if (!Array.isArray(value) || value.length !== rows) return refuse(at, `does not have ${rows} rows`);
    for (const [i, row] of value.entries()) {
      if (!Array.isArray(row) || row.length !== columns)
        return refuse(`${at}[${i}]`, `does not have ${columns} columns`);
      if (!row.every((cell) => cell === null || Number.isFinite(cell))) {
        return refuse(`${at}[${i}]`, "holds something that is neither a number nor null");
      }
    }
    return undefined;
  };
}

export function oneWord(...words: readonly string[]): Check {
  return (value, at) => (words.includes(value as string) ? undefined : refuse(at, `is none of ${words.join(", ")}`));
}
