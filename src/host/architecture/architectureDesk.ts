import * as vscode from "vscode";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { ComputeService } from "../computeService.ts";
import type { ChosenArchitecture } from "./chooseArchitecture.ts";
import type { ExportParts } from "./exportArchitecture.ts";

/**
 * Where users are asked about a checkpoint's architecture, from whichever surface. What asks is loaded when it is needed:
 * every start of the editor would pay for it.
 */
export class ArchitectureDesk {
  private readonly parts: ExportParts & { readonly compute: Pick<ComputeService, "request"> };

  constructor(parts: ArchitectureDesk["parts"]) {
    this.parts = parts;
  }

  /** As `chooseArchitecture`; Python is offered where the workspace is trusted. */
  async choose(model: ModelChoice): Promise<ChosenArchitecture | undefined> {
    const { chooseArchitecture } = await import("./chooseArchitecture.ts");
    const exportWithPython = (checkpoint: string): Promise<string | undefined> => this.exportWithPython(checkpoint);
    return chooseArchitecture(model, {
      compute: this.parts.compute,
      ...(vscode.workspace.isTrusted && { exportWithPython }),
    });
  }

  /** As `exportArchitecture`. */
  async exportWithPython(checkpoint: string): Promise<string | undefined> {
    const { exportArchitecture } = await import("./exportArchitecture.ts");
    return exportArchitecture(checkpoint, this.parts);
  }
}
