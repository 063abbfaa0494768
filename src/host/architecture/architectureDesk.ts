import * as vscode from "vscode";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { ComputeService } from "../computeService.ts";
import { type ChosenArchitecture, chooseArchitecture } from "./chooseArchitecture.ts";
import { type ExportParts, exportArchitecture } from "./exportArchitecture.ts";

/** Where users are asked about a checkpoint's architecture, from whichever surface. */
export class ArchitectureDesk {
  private readonly parts: ExportParts & { readonly compute: Pick<ComputeService, "request"> };

  constructor(parts: ArchitectureDesk["parts"]) {
    this.parts = parts;
  }

  /** As {@link chooseArchitecture}; Python is offered where the workspace is trusted. */
  choose(model: ModelChoice): Promise<ChosenArchitecture | undefined> {
    const exportWithPython = (checkpoint: string): Promise<string | undefined> => this.exportWithPython(checkpoint);
    return chooseArchitecture(model, {
      compute: this.parts.compute,
      ...(vscode.workspace.isTrusted && { exportWithPython }),
    });
  }

  /** As {@link exportArchitecture}. */
  exportWithPython(checkpoint: string): Promise<string | undefined> {
    return exportArchitecture(checkpoint, this.parts);
  }
}
