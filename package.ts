import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createVSIX, listFiles, PackageManager } from "@vscode/vsce";

/**
 * `npm run package`: a VSIX for each platform that ONNX Runtime has a binary for, and a universal one without native
 * code for the others. `npm run package -- --target linux-x64` makes that one alone; `--target universal` the last.
 *
 * What a package holds is gathered in a folder of its own, so that the working copy's `dist` goes on finding the runtime
 * that npm installed.
 */
const platforms = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];
const universal = "universal";

const root = import.meta.dirname;
const stage = join(root, "node_modules/.cache/vsix");
const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Gathers everything but the runtime: what `.vscodeignore` lets through, the bundles, and a smaller sample. */
async function gather(): Promise<void> {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  const bundle = [join(root, "build.ts"), "--production", "--outdir", join(stage, "dist")];
  if (spawnSync(process.execPath, bundle, { stdio: "inherit" }).status !== 0) process.exit(1);
  for (const file of await listFiles({ cwd: root, packageManager: PackageManager.None })) {
    cpSync(join(root, file), join(stage, file));
  }
  copySample(join(root, "media/sample"), join(stage, "media/sample"));
}

/** Copies what the sample's comparison needs, with half of its pictures: together they would be a tenth of the package. */
function copySample(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of ["ears-seed0.onnx", "tail-seed0.onnx"]) cpSync(join(from, file), join(to, file));
  const rewrite = (file: string, change: (bytes: Buffer) => string | Uint8Array): void =>
    writeFileSync(join(to, file), change(readFileSync(join(from, file))));
  for (const file of ["creatures.images.bin", "creatures.labels.bin"]) {
    rewrite(file, (bytes) => bytes.subarray(0, bytes.length / 2));
  }
  rewrite("creatures.probe.json", (bytes) => {
    const { shape, ...probe } = JSON.parse(bytes.toString());
    const [pictures, ...axes] = shape;
    return JSON.stringify({ ...probe, shape: [pictures / 2, ...axes] }, undefined, 2);
  });
  rewrite("likeness.json", (bytes) => {
    const { samples, ...settings } = JSON.parse(bytes.toString());
    return JSON.stringify({ ...settings, samples: samples / 2 }, undefined, 2);
  });
}

/** Copies what one platform needs of ONNX Runtime to where Node looks for it from `dist/compute.cjs`. */
function copyRuntime(target: string): void {
  const modules = join(stage, "dist/node_modules");
  rmSync(modules, { recursive: true, force: true });
  if (target === universal) return;
  const parts = {
    "onnxruntime-node": ["package.json", "dist", `bin/napi-v6/${target.replace("-", "/")}`],
    "onnxruntime-common": ["package.json", "dist/cjs"],
  };
  for (const [name, paths] of Object.entries(parts)) {
    for (const path of paths) {
      const from = join(root, "node_modules", name, path);
      cpSync(from, join(modules, name, path), { recursive: true, filter: isNeeded });
    }
  }
}

/** The binding for macOS links `libonnxruntime.1.dylib`; beside it lies the same library again, under its full version. */
function isNeeded(file: string): boolean {
  return !/\.(map|d\.ts)$|libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(file);
}

/** The manifest as it is installed: without what only the repository needs, and honest about what the package lacks. */
function writeManifest(target: string): void {
  const {
    devDependencies: _dev,
    dependencies: _bundled,
    scripts: _scripts,
    allowScripts: _allow,
    ...installed
  } = manifest;
  const lack = " This package has no ONNX Runtime: it reads checkpoints, but cannot run and compare them.";
  const description = `${manifest.description}${target === universal ? lack : ""}`;
  writeFileSync(
    join(stage, "package.json"),
    JSON.stringify({ ...installed, description, files: ["**"] }, undefined, 2),
  );
}

const { values } = parseArgs({ options: { target: { type: "string" }, out: { type: "string", default: root } } });
const targets = [...platforms, universal].filter((target) => target === (values.target ?? target));
if (targets.length === 0) {
  console.error(`There is no target ${values.target}: choose one of ${[...platforms, universal].join(", ")}.`);
  process.exit(2);
}
await gather();
for (const target of targets) {
  copyRuntime(target);
  writeManifest(target);
  const packagePath = join(resolve(values.out), `likeness-${target}-${manifest.version}.vsix`);
  await createVSIX({
    cwd: stage,
    packagePath,
    ...(target !== universal && { target }),
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  console.log(`${packagePath}: ${(statSync(packagePath).size / 1e6).toFixed(1)} MB`);
}
