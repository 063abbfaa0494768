import { stat } from "node:fs/promises";

/** A file that has not changed for so long is taken to be complete: a checkpoint is written in one go. */
const settleMilliseconds = 2000;

/**
 * Tells when files that are being written are complete. Whoever watches the disk says which file was touched; when all of
 * them have kept their size and time for two seconds, and differ from what they were at the last look, it calls back.
 */
export class SettledFiles {
  private readonly settled: () => void;
  private readonly milliseconds: number;
  /** What each file was like when it was last read, by path. */
  private readonly seen = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(settled: () => void, milliseconds: number = settleMilliseconds) {
    this.settled = settled;
    this.milliseconds = milliseconds;
  }

  /** Takes the file as it is now for what is known of it. Call it before the file is read. */
  async look(path: string): Promise<void> {
    this.seen.set(path, await likenessOf(path));
  }

  /** Something happened to the file. */
  async touched(path: string): Promise<void> {
    if (!this.seen.has(path)) this.seen.set(path, absent);
    if (this.timer === undefined) await this.wait();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  private async wait(): Promise<void> {
    const before = await this.now();
    if (this.disposed || this.timer !== undefined) return;
    this.timer = setTimeout(async () => {
      this.timer = undefined;
      const after = await this.now();
      if (this.disposed) return;
      if ([...after].some(([path, likeness]) => before.get(path) !== likeness)) return this.wait();
      const changed = [...after].some(([path, likeness]) => this.seen.get(path) !== likeness);
      for (const [path, likeness] of after) this.seen.set(path, likeness);
      if (changed) this.settled();
    }, this.milliseconds);
  }

  private async now(): Promise<Map<string, string>> {
    const paths = [...this.seen.keys()];
    const found = await Promise.all(paths.map(likenessOf));
    return new Map(paths.map((path, i) => [path, found[i] ?? absent]));
  }
}

const absent = "absent";

async function likenessOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? absent : `${found.size} ${found.mtimeNs} ${found.ino}`;
}
