import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { chromiumMissing } from "../fixtures/chromium.ts";
import { type CodeServer, type CodeServerOptions, codeServerMissing, startCodeServer } from "./codeServer.ts";
import { sampleWorkspace, type Workspace, type WorkspaceOptions } from "./sampleWorkspace.ts";
import { Workbench, type WorkbenchOptions } from "./workbench.ts";

const root = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));

/** The package under test, as `npm test` makes it. */
export const vsix = resolve(root, `test/.cache/likeness-linux-x64-${version}.vsix`);

/** Why tests in a VS Code are skipped, or `false`: the `skip` option of `node:test`. */
export function editorMissing(): string | false {
  const missing = codeServerMissing();
  if (missing !== undefined) return `not run: ${missing}`;
  return chromiumMissing ?? (existsSync(vsix) ? false : "not run: there is no package (npm test makes it)");
}

/** A VS Code with the package installed, in a window on a copy of the sample. */
export interface Session {
  readonly server: CodeServer;
  readonly workspace: Workspace;
  readonly workbench: Workbench;
  close(): Promise<void>;
}

export async function openSession(
  options: CodeServerOptions & WorkspaceOptions & Omit<WorkbenchOptions, "folder"> = {},
): Promise<Session> {
  const workspace = sampleWorkspace(options);
  const server = await startCodeServer({ extensions: [vsix], ...options });
  const workbench = await Workbench.open(server, { ...options, folder: workspace.folder });
  return {
    server,
    workspace,
    workbench,
    async close() {
      await workbench.close();
      await server.stop();
      workspace.remove();
    },
  };
}
