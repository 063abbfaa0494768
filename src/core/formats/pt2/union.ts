import { Failure } from "../../failure.ts";
import { isObject, type Json } from "./json.ts";

/** The member of a union that is in use, and what it holds. */
export interface Member {
  readonly tag: string;
  readonly value: Json;
}

/**
 * The member in use of a union. Newer writers write it alone; older ones write all members, null where they are not in use
 * (`as_none` is false then).
 * @throws Failure `pt2/union` where there is none, or several.
 */
export function activeMember(union: Json | undefined): Member {
  const found = memberOf(union);
  if (found) return found;
  const members = isObject(union) ? Object.keys(union).slice(0, 8).join(", ") : "none";
  throw new Failure("pt2/union", `A value in its graph has several kinds, or none: ${members.slice(0, 80)}.`);
}

/** As {@link activeMember}; `undefined` where the value is no union. */
export function memberOf(union: Json | undefined): Member | undefined {
  if (!isObject(union)) return undefined;
  const active = Object.entries(union).filter(
    ([tag, value]) => value !== null && !(tag === "as_none" && value === false),
  );
  const [first] = active;
  return first && active.length === 1 ? { tag: first[0], value: first[1] } : undefined;
}
