import type { DType } from "../../graph/tensor.ts";
import type { Cursor, Hdf5Bytes } from "./bytes.ts";

/** How elements are stored (HDF5 file format specification 3.0, IV.A.2.d); what models do not hold is `other`. */
export type Datatype =
  | { readonly kind: "number"; readonly dtype: DType; readonly size: number; readonly littleEndian: boolean }
  | { readonly kind: "text"; readonly size: number }
  | { readonly kind: "varyingText"; readonly size: 16 }
  | { readonly kind: "opaque"; readonly size: number }
  | { readonly kind: "other"; readonly size: number };

const fixedPoint = 0;
const floatingPoint = 1;
const string = 3;
const opaque = 5;
const enumeration = 8;
const variableLength = 9;

/** Reads a datatype message. @throws Failure `h5/damaged` */
export function readDatatype(file: Hdf5Bytes, data: Cursor): Datatype {
  const start = data.position;
  const classAndVersion = data.u8();
  const bits = [data.u8(), data.u8(), data.u8()] as const;
  const size = data.u32();
  switch (classAndVersion & 0x0f) {
    case fixedPoint: {
      const dtype = integers.get(`${bits[0] & 0x08 ? "int" : "uint"}${8 * size}`);
      return dtype ? { kind: "number", dtype, size, littleEndian: (bits[0] & 1) === 0 } : { kind: "other", size };
    }
    case floatingPoint: {
      const dtype = floatOf(size, data);
      return dtype ? { kind: "number", dtype, size, littleEndian: (bits[0] & 1) === 0 } : { kind: "other", size };
    }
    case string:
      return { kind: "text", size };
    case opaque:
      return { kind: "opaque", size };
    case enumeration: {
      // h5py writes booleans as an enumeration of FALSE and TRUE over int8; the base type follows.
      const members = bits[0] + 256 * bits[1];
      if (data.position - start > 8) throw file.damaged("an enumeration has no base type");
      const base = data.left >= 8 ? integerBase(data) : undefined;
      return base === 1 && members === 2
        ? { kind: "number", dtype: "bool", size: 1, littleEndian: true }
        : { kind: "other", size };
    }
    case variableLength:
      return (bits[0] & 0x0f) === 1 ? { kind: "varyingText", size: 16 } : { kind: "other", size };
    default:
      return { kind: "other", size };
  }
}

const integers: ReadonlyMap<string, DType> = new Map(
  (["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const).map((name) => [name, name]),
);

/** IEEE types, and bfloat16, by their bits of exponent: offset and precision, exponent's place and size follow. */
function floatOf(size: number, data: Cursor): DType | undefined {
  data.skip(4);
  const exponentLocation = data.u8();
  const exponentSize = data.u8();
  if (size === 8 && exponentSize === 11) return "float64";
  if (size === 4 && exponentSize === 8) return "float32";
  if (size === 2 && exponentSize === 5) return "float16";
  return size === 2 && exponentSize === 8 && exponentLocation === 7 ? "bfloat16" : undefined;
}

/** Size of the integers below an enumeration; `undefined` where they are none. */
function integerBase(data: Cursor): number | undefined {
  const isInteger = (data.u8() & 0x0f) === fixedPoint;
  data.skip(3);
  return isInteger ? data.u32() : undefined;
}
