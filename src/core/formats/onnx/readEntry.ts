import type { Cursor } from "./cursor.ts";
import { entryField } from "./schema.ts";

/** Adds a `StringStringEntryProto` to a map; a repeated key keeps its last value. */
export function readEntry(cursor: Cursor, into: Map<string, string>): void {
  let key = "";
  let value = "";
  while (cursor.next()) {
    if (cursor.field === entryField.key) key = cursor.text();
    else if (cursor.field === entryField.value) value = cursor.text();
  }
  into.set(key, value);
}
