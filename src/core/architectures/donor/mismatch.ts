import { Failure } from "../../failure.ts";
import type { Slot } from "./slots.ts";

/** How to write a donor down in which every parameter stands for itself. */
const unfusedExport =
  "Re-export the donor unfused: " +
  'torch.export.save(torch.export.export(model.eval(), (x,)), "donor.pt2") with PyTorch 2.5 or newer, or ' +
  'torch.onnx.export(model.eval(), x, "donor.onnx", training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False).';

/** What keeps a checkpoint from standing in a donor. */
export interface Differences {
  /** Parameters of the donor that nothing was found for. */
  readonly missing: readonly Slot[];
  /** Tensors of the checkpoint that have no place in the donor. */
  readonly unused: readonly string[];
  /** Sentences on names that fit and shapes that do not. */
  readonly illShaped: readonly string[];
}

/** The failure that says in what a checkpoint and a donor differ: the first few of each kind, and how many there are. */
export function donorMismatch(donorName: string, { missing, unused, illShaped }: Differences): Failure {
  const parts = [
    list(
      missing.map(describe),
      "parameter of the donor is not in the checkpoint",
      "parameters of the donor are not in the checkpoint",
    ),
    list(
      unused,
      "tensor of the checkpoint has no place in the donor",
      "tensors of the checkpoint have no place in the donor",
    ),
    list(illShaped, "tensor has another shape", "tensors have other shapes"),
  ].filter((part) => part !== "");
  return new Failure("architecture/donor-mismatch", `These weights do not fit ${donorName}: ${parts.join("; ")}.`, {
    hint: unfusedExport,
  });
}

function describe(slot: Slot): string {
  const where = slot.path ? ` of ${slot.path}` : slot.node.name === "" ? "" : ` of ${slot.node.name}`;
  return `${slot.name}${slot.invented ? where : ""} [${slot.tensor.shape}]`;
}

function list(items: readonly string[], one: string, many: string): string {
  if (items.length === 0) return "";
  const shown = items.slice(0, 3).join(", ");
  const more = items.length > 3 ? `, … ${items.length - 3} more` : "";
  return `${items.length} ${items.length === 1 ? one : many} (${shown}${more})`;
}
