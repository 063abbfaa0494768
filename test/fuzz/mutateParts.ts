import { unzipSync } from "fflate";
import { bytesSource } from "../../src/core/formats/byteSource.ts";
import { readTable } from "../../src/core/formats/tensorflow/table.ts";
import { table } from "../fixtures/tensorBundle.ts";
import { writeTar } from "../fixtures/torchTar.ts";
import { writeZip } from "../fixtures/zipWriter.ts";
import { joined } from "./mutateBytes.ts";
import type { Random } from "./random.ts";

/** Damages some bytes without knowing what they are. */
export type DamageBytes = (bytes: Uint8Array) => Uint8Array;

/**
 * Takes a container apart, damages what is in it, and puts it together so that lengths and sums are right again: damage
 * that a reader meets only behind them.
 */
export type DamageParts = (bytes: Uint8Array, random: Random, damage: DamageBytes) => Uint8Array;

/** Members of a zip archive: damaged, left out, doubled, renamed, exchanged, in another order, deflated. */
export const damageZip: DamageParts = (bytes, random, damage) => {
  const members = Object.entries(unzipSync(bytes));
  damageMembers(members, random, damage);
  const deflated = random.chance(0.2);
  return writeZip(members.map(([name, content]) => ({ name, content, deflated })));
};

/** The same of a tar archive. */
export const damageTar: DamageParts = (bytes, random, damage) => {
  const members: [string, Uint8Array][] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const header = Buffer.from(bytes.subarray(at, at + 512)).toString("latin1");
    const size = Number.parseInt(header.slice(124, 135), 8);
    members.push([header.slice(0, header.indexOf("\0")), bytes.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  damageMembers(members, random, damage);
  return writeTar(members);
};

const names = ["data.pkl", "archive/data/0", "../up", "/etc/passwd", "", "__proto__", "constructor"];

function damageMembers(members: [string, Uint8Array][], random: Random, damage: DamageBytes): void {
  for (let ways = 1 + random.below(2); ways > 0 && members.length > 0; ways--) {
    const at = random.below(members.length);
    const [name, content] = members[at]!;
    switch (random.below(16)) {
      case 0:
        members.splice(at, 1);
        break;
      case 1:
        members.push(members[at]!);
        break;
      case 2:
        members[at] = [random.pick([`${name}x`, ...names]), content];
        break;
      case 3:
        members[at] = [name, random.pick(members)[1]];
        break;
      case 4:
        members.reverse();
        break;
      default:
        members[at] = [name, isJson(content) ? damageJson(content, random, damage) : damage(content)];
    }
  }
}

/** The header of a safetensors file, its length set right. */
export const damageSafetensors: DamageParts = (bytes, random, damage) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + Number(view.getBigUint64(0, true));
  const header = damageJson(bytes.subarray(8, end), random, damage);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return joined(length, header, bytes.subarray(end));
};

function isJson(content: Uint8Array): boolean {
  return content[0] === 0x7b && content.at(-1) === 0x7d;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const values: readonly Json[] = [
  null,
  true,
  -1,
  0,
  0.5,
  2 ** 31,
  2 ** 53,
  1e300,
  "",
  "../up",
  "http://a/b",
  "\u0000\ud800",
  "F64",
  [],
  {},
  [[[]]],
  [2 ** 20, 2 ** 20, 2 ** 20],
];

/** Values and names of a JSON text: it stays JSON mostly. */
export const damageJson: DamageParts = (bytes, random, damage) => {
  if (random.chance(0.2)) return damage(bytes);
  try {
    const root = JSON.parse(decoder.decode(bytes)) as Json;
    damageValues(root, random);
    return new TextEncoder().encode(JSON.stringify(root));
  } catch {
    // It was damaged before, or a value was put into itself.
    return damage(bytes);
  }
};

function damageValues(root: Json, random: Random): void {
  const holders: { [key: string]: Json }[] = [];
  const walk = (value: Json) => {
    if (typeof value !== "object" || value === null) return;
    holders.push(value as { [key: string]: Json });
    Object.values(value).forEach(walk);
  };
  walk(root);
  for (let ways = 1 + random.below(3); ways > 0 && holders.length > 0; ways--) {
    const holder = random.pick(holders);
    const key = random.pick(Object.keys(holder)) ?? "new";
    const others = Object.values(random.pick(holders));
    const choice = random.below(6);
    if (choice === 0) delete holder[key];
    else if (choice === 1) holder[`${key}2`] = holder[key] ?? null;
    else holder[key] = others.length > 0 && choice > 3 ? random.pick(others) : random.pick(values);
  }
}

const decoder = new TextDecoder();

/** Names and entries of a table of TensorFlow, its sums set right. */
export const damageTable: DamageParts = (bytes, random, damage) => {
  const entries = [...readTable(bytesSource("table", bytes))];
  const at = random.below(entries.length);
  const [key, value] = entries[at] ?? ["", new Uint8Array()];
  const damagedKey = () =>
    String.fromCharCode(...damage(Uint8Array.from(key, (c) => c.charCodeAt(0))).subarray(0, 1000));
  entries[at] = random.chance(0.8) ? [key, damage(value)] : [damagedKey(), value];
  return table(entries, { perBlock: 1 + random.below(4) });
};
