import type { Program } from "../../core/graph/graph.ts";
import { withSmallMaps } from "../../core/graph/smallMaps.ts";
import type { Backend } from "../backends/backend.ts";
import type { OpenModel } from "./openModel.ts";

/** The network as the engine's provider runs it fastest, with the same values under the same names. */
export function fitted(
  { program, input, conversion, batch }: OpenModel,
  { provider }: Pick<Backend, "provider">,
): Program {
  if (provider !== "cpu") return program;
  return withSmallMaps(program, new Map([[input.name, [batch === "free" ? "n" : batch, ...conversion.shape]]]));
}
