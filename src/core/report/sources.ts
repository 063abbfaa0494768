import type { Architecture, PreprocessingReport } from "./report.ts";

/** What a network is and where that was found out: `ResNet-18 (torchvision), a known family`; empty where it is not known. */
export function architectureWords(architecture: Architecture): string {
  const source = architectureSource(architecture);
  // A donor's graph is called after its file.
  const isSaid = architecture.source === "donor" && architecture.name === fileName(architecture.file ?? "");
  return [isSaid ? "" : architecture.name, source].filter((part) => part !== "").join(", ");
}

/** Where an architecture came from, in plain words: `the graph of net.onnx`; empty where there is none. */
export function architectureSource({ source, file = "" }: Architecture): string {
  switch (source) {
    case "file":
      return "the file's own graph";
    case "donor":
      return `the graph of ${fileName(file) || "another file"}`;
    case "config":
      return `built as ${fileName(file) || "config.json"} says`;
    case "family":
      return "a known family";
    case "none":
      return "";
  }
}

/** Who said how samples are prepared, in plain words. */
export function preprocessingSource({ source }: PreprocessingReport): string {
  switch (source) {
    case "command line":
      return "as asked";
    case "likeness.json":
      return "from likeness.json";
    case "checkpoint":
      return "as the checkpoint says";
    case "probe":
      return "as the probe says";
    case "proposal":
      return "proposed, as nothing names one";
    case "none":
      return "";
  }
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
