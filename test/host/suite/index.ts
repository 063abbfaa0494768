import { activationCases } from "./activation.ts";
import { baselineCases } from "./baseline.ts";
import { commandCases } from "./commands.ts";
import type { Case } from "./harness.ts";

/** How a test went, as it is told to the process that started the editor. */
export interface Outcome {
  readonly name: string;
  readonly notes: readonly string[];
  readonly error?: string;
}

/** What VS Code calls in the extension host. */
export async function run(): Promise<void> {
  const cases: Record<string, Case> = { ...activationCases, ...commandCases, ...baselineCases };
  for (const [name, body] of Object.entries(cases)) {
    const notes: string[] = [];
    let error: string | undefined;
    try {
      await body((text) => notes.push(text));
    } catch (caught) {
      error = caught instanceof Error ? (caught.stack ?? caught.message) : String(caught);
    }
    const outcome: Outcome = { name, notes, ...(error !== undefined && { error }) };
    console.log(`likeness-test ${JSON.stringify(outcome)}`);
  }
}
