import { copyFileSync, globSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type BuildOptions, build } from "esbuild";

/**
 * Bundles the product: the extension, the command line, the compute process, and one script (with its style) for each
 * page under `webview`. `node build.ts [--production] [--outdir dist]`.
 */
const { values } = parseArgs({
  options: { production: { type: "boolean", default: false }, outdir: { type: "string", default: "dist" } },
});
const { production } = values;
const outdir = resolve(values.outdir);
const common: BuildOptions = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  logLevel: "warning",
};

const nodeScripts: BuildOptions = {
  ...common,
  entryPoints: { extension: "src/extension.ts", cli: "src/cli.ts", compute: "src/compute/main.ts" },
  outdir,
  outExtension: { ".js": ".cjs" },
  platform: "node",
  format: "cjs",
  // The oldest Node that still runs it, so that the command line works where no newer one can be installed; the
  // library that the compiler knows (`lib`) is that Node's too.
  target: "node20",
  define: { "import.meta.dirname": "__dirname" },
  // Native code stays a package of its own, found beside us; the editor is there before us.
  external: ["onnxruntime-node", "vscode"],
};

const pages: BuildOptions = {
  ...common,
  entryPoints: Object.fromEntries(globSync("webview/*/main.ts").map((file) => [basename(dirname(file)), file])),
  outdir: join(outdir, "webview"),
  // A page is inlined into files that stand alone: small, and without a link to a map, which would lead nowhere there.
  minify: true,
  sourcemap: false,
  platform: "browser",
  format: "esm",
  target: "es2022",
};

process.chdir(import.meta.dirname);
try {
  await Promise.all([build(nodeScripts), build(pages)]);
} catch {
  // What is wrong has been printed, with its place.
  process.exit(1);
}
// The JPEG decoder looks for its WebAssembly beside the compute process's script.
copyFileSync("node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", join(outdir, "mozjpeg_dec.wasm"));
