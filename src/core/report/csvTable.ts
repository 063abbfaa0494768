export type Field = string | number | boolean | null | undefined;

/** A table of CSV (RFC 4180: comma, CRLF, quotes doubled). An absent value is an empty field. */
export function table(columns: readonly string[], lines: Iterable<readonly Field[]>): string {
  let text = `${columns.join(",")}\r\n`;
  for (const line of lines) text += `${line.map(field).join(",")}\r\n`;
  return text;
}

/**
 * Names come from files that need not be friends: a text that a spreadsheet would run as a formula is led by an
 * apostrophe, which it shows as text.
 */
function field(value: Field): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
