import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { type Checkpoint, type Notice, noProvenance } from "../checkpoint.ts";
import { PickleObject, type PickleValue } from "../torch/pickleValues.ts";
import { openTorchZip, type TorchZip } from "../torch/zipFile.ts";
import { ScriptArchitecture } from "./architecture.ts";
import { type ModuleTree, walkModules } from "./moduleTree.ts";
import { Sources } from "./sources.ts";

/**
 * Reads an archive of `torch.jit.save`: weights by the paths of the modules that hold them, and the network as its code
 * describes it. The code is never run as Python; {@link ScriptArchitecture.program} works out what it does.
 * @throws Failure `torchscript/not-torchscript`, `torchscript/syntax`, `zip/…`, `pickle/…`, `torch/…`.
 */
export function readTorchScript(source: ByteSource): Checkpoint {
  try {
    return read(source.name, openTorchZip(source));
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function read(file: string, zip: TorchZip): Checkpoint {
  const root = zip.unpickle("data.pkl", "data/").value;
  if (!zip.isTorchScript || !(root instanceof PickleObject)) {
    throw new Failure("torchscript/not-torchscript", "It is not an archive of TorchScript: it holds no network.");
  }
  const sources = new Sources(zip);
  const tree = walkModules(root, sources);
  const notices: Notice[] = [];
  const notice = (one: Notice) => {
    if (!notices.some(({ code, message }) => code === one.code && message === one.message)) notices.push(one);
  };
  noticeTraining(tree, notice);
  const weights = { tensors: tree.weights, inModuleOrder: true };
  const provenance = { ...noProvenance, facts: new Map([["network", root.className]]), notices };
  if (!hasCode(zip)) {
    notice({
      code: "torchscript/bytecode-only",
      message: "It was saved for mobile devices: it holds bytecode and no code, so the weights alone can be read.",
    });
    return { format: "torchscript", weights, provenance };
  }
  const architecture = new ScriptArchitecture(file, root, tree, sources, constantsOf(zip), notice);
  return { format: "torchscript", weights, architecture, provenance };
}

/** Whether there is any code; archives for mobile devices may have bytecode instead. */
function hasCode({ archive, root }: TorchZip): boolean {
  return Array.from(archive.entries.keys()).some((name) => name.startsWith(`${root}code/`) && name.endsWith(".py"));
}

function constantsOf(zip: TorchZip): readonly PickleValue[] {
  const { value } = zip.unpickle("constants.pkl", "constants/");
  return Array.isArray(value) ? value : [];
}

function noticeTraining({ training }: ModuleTree, notice: (notice: Notice) => void): void {
  const [first] = training;
  if (first === undefined) return;
  notice({
    code: "torchscript/training-mode",
    message: "It was saved in training mode; it is looked at in evaluation mode.",
  });
}
