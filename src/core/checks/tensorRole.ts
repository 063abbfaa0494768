import type { Program } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";

/**
 * What a tensor of a checkpoint is for: a parameter is trained, the statistics of a batch norm are gathered, a buffer
 * (a counter, a mask, an index, a table of frequencies) is neither.
 */
export type TensorRole = "parameter" | "runningMean" | "runningVariance" | "buffer";

const runningMeans = new Set(["running_mean", "moving_mean"]);
const runningVariances = new Set(["running_var", "moving_variance", "moving_var"]);

/** Last parts of the names of what is made when a network is, and stays as it is. */
const buffers =
  /mask|^(num_batches_tracked|tril|triu|inv_freq|freqs?_cis|(cos|sin)_cached|position_ids|anchors?|anchor_grid|strides?)$|_(index|indices|ids)$/;

/**
 * The role of a tensor, by its name as PyTorch, Keras and Flax write it.
 * @param known roles that are told by more than names ({@link rolesIn}).
 */
export function tensorRole(name: string, { dtype }: Tensor, known: ReadonlyMap<string, TensorRole>): TensorRole {
  const role = known.get(name);
  if (role) return role;
  if (!dtype.includes("float") && !dtype.startsWith("complex")) return "buffer";
  const parts = name.toLowerCase().split(/[./]/);
  const last = (parts.at(-1) ?? "").replace(/:0$/, "");
  if (runningMeans.has(last)) return "runningMean";
  if (runningVariances.has(last)) return "runningVariance";
  if (parts.includes("batch_stats")) {
    if (last === "mean") return "runningMean";
    if (last === "var") return "runningVariance";
  }
  return buffers.test(last) ? "buffer" : "parameter";
}

/** Inputs of recurrent operators from here on are states to begin with, not weights. */
const firstState = 5;

/** Roles that a graph tells of its weights, whatever these are called. */
export function rolesIn({ graph }: Program): ReadonlyMap<string, TensorRole> {
  const roles = new Map<string, TensorRole>();
  for (const { op, inputs } of graph.nodes) {
    if (op === "BatchNormalization") {
      const [, , , mean = "", variance = ""] = inputs;
      roles.set(mean, "runningMean").set(variance, "runningVariance");
    } else if (op === "LSTM" || op === "GRU" || op === "RNN") {
      for (const state of inputs.slice(firstState, firstState + 2)) roles.set(state, "buffer");
    }
  }
  roles.delete("");
  return roles;
}
