import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type BuildOptions, build } from "esbuild";

/**
 * Bundles the product into `dist`: the command line, the compute process, and one script (with its style) for each
 * page under `webview`. `node build.ts [--production]`.
 */
const production = process.argv.includes("--production");
const common: BuildOptions = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  logLevel: "warning",
};

const nodeScripts: BuildOptions = {
  ...common,
  entryPoints: { cli: "src/cli.ts", compute: "src/compute/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  platform: "node",
  format: "cjs",
  // The oldest Node that still runs it, so that the command line works where no newer one can be installed.
  target: "node20",
  define: { "import.meta.dirname": "__dirname" },
  // Native code stays a package of its own, found beside us.
  external: ["onnxruntime-node"],
};

const pages: BuildOptions = {
  ...common,
  entryPoints: Object.fromEntries(globSync("webview/*/main.ts").map((file) => [basename(dirname(file)), file])),
  outdir: "dist/webview",
  platform: "browser",
  format: "esm",
  target: "es2022",
  // Pages are inlined into files that stand alone, where a link to a map leads nowhere.
  sourcemap: false,
};

process.chdir(import.meta.dirname);
await Promise.all([build(nodeScripts), build(pages)]);
