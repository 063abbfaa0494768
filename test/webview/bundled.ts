import { build } from "esbuild";

/** A page's script and style, bundled as the build does. */
export interface Bundle {
  readonly script: string;
  readonly style: string;
}

/** Bundles one of the folders of `webview`. */
export async function bundled(surface: "report" | "comparison" | "inversion" | "summary"): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: { [surface]: `webview/${surface}/main.ts` },
    bundle: true,
    minify: true,
    write: false,
    outdir: "unused",
    format: "esm",
    target: "es2022",
  });
  const find = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return { script: find(".js"), style: find(".css") };
}
