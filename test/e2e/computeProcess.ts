import { readdirSync, readFileSync } from "node:fs";
import type { CodeServer } from "./codeServer.ts";

/** Process id of the compute process that a server's extension host has started, if one runs. */
export function computeProcess({ process: server }: CodeServer): number | undefined {
  const processes = new Map(
    readdirSync("/proc").flatMap((name) => {
      const entry = /^\d+$/.test(name) ? read(Number(name)) : undefined;
      return entry === undefined ? [] : [[Number(name), entry] as const];
    }),
  );
  const descends = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return parent === server.pid || (parent !== undefined && parent > 1 && descends(parent));
  };
  return [...processes].find(([pid, { name }]) => name.startsWith("likeness-comput") && descends(pid))?.[0];
}

/** From proc_pid_stat(5): `pid (name) state ppid …`, the name cut at 15 characters. */
function read(pid: number): { name: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")), parent: Number(parent) };
  } catch {
    return undefined;
  }
}
