import { dirname, extname, join } from "node:path";
import * as vscode from "vscode";
import type { ModelQuestion } from "../../protocol/view.ts";

const stateKey = "likeness.architectures";
/** Stands for the path of the checkpoint itself, whichever of its folder that is. */
const itself = "itself";

/**
 * What the user said tells the architecture: for the checkpoints of one kind in one folder, which are those of a run, so
 * that it is said once for all its epochs. Of this workspace, remembered between sessions.
 */
export class ArchitectureChoices implements vscode.Disposable {
  private readonly memento: vscode.Memento;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(memento: vscode.Memento) {
    this.memento = memento;
  }

  /** Absolute path of what was chosen for a checkpoint; `undefined` is the automatic choice. */
  of(path: string): string | undefined {
    const chosen = this.all[run(path)];
    return chosen === itself ? path : chosen;
  }

  /** Remembers a choice for a checkpoint and its like; `undefined` is the automatic one. */
  choose(path: string, architecture: string | undefined): void {
    const { [run(path)]: _before, ...rest } = this.all;
    const chosen = architecture === path ? itself : architecture;
    void this.memento.update(stateKey, chosen === undefined ? rest : { ...rest, [run(path)]: chosen });
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }

  private get all(): Readonly<Record<string, string>> {
    return this.memento.get<Readonly<Record<string, string>>>(stateKey, {});
  }
}

/** A question in which a checkpoint, and those of the same run, have another architecture; `undefined` is the automatic one. */
export function withArchitecture<Question extends { readonly models: readonly ModelQuestion[] }>(
  question: Question,
  path: string,
  architecture: string | undefined,
): Question {
  return {
    ...question,
    models: question.models.map((model) => {
      if (run(model.path) !== run(path)) return model;
      const { architecture: _before, ...rest } = model;
      const own = architecture === path ? model.path : architecture;
      return own === undefined ? rest : { ...rest, architecture: own };
    }),
  };
}

/** A question with the choices that hold now, whichever it was asked with. */
export function withChoices<Question extends { readonly models: readonly ModelQuestion[] }>(
  question: Question,
  choices: Pick<ArchitectureChoices, "of">,
): Question {
  return question.models.reduce((asked, { path }) => withArchitecture(asked, path, choices.of(path)), question);
}

/** The checkpoints that one choice is for, as a glob: `/runs/a/*.pt`. */
function run(path: string): string {
  return join(dirname(path), `*${extname(path)}`);
}
