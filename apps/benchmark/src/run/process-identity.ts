import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { z } from "zod";

/**
 * Which process on which machine, so that a number that the system gave to another process later is not mistaken for it.
 * `null` stands for what the system does not tell:
 *
 * | system      | started                                  | boot                    | namespace      |
 * | ----------- | ---------------------------------------- | ----------------------- | -------------- |
 * | Linux       | clock ticks since boot, from `/proc`     | `boot_id` of the kernel | of process ids |
 * | macOS, BSD  | date and time in seconds, from `ps`      | `null`                  | `null`         |
 * | Windows     | `null`: any process of that number holds | `null`                  | `null`         |
 */
export const processSchema = z.strictObject({
  pid: z.int().positive(),
  started: z.string().nullable(),
  boot: z.string().nullable(),
  /** Process numbers of one container mean nothing in another. */
  namespace: z.string().nullable(),
  host: z.string(),
});
export type ProcessIdentity = z.infer<typeof processSchema>;

export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process;
  const state = await stateOf(pid);
  return { pid, started: state === "gone" ? null : state.started, ...(await here()) };
}

/** Whether the process has certainly ended. Of another machine or container nobody here knows, so it counts as there. */
export async function isGone(other: ProcessIdentity): Promise<boolean> {
  const { boot, namespace, host } = await here();
  if (other.boot === boot && other.namespace === namespace) {
    if (boot === null && other.host !== host) return false;
    const state = await stateOf(other.pid);
    if (state === "gone") return true;
    return other.started !== null && state.started !== null && other.started !== state.started;
  }
  // The machine was started again since.
  return other.boot !== boot && other.host === host;
}

/** For messages. */
export function describeOwner({ pid, host }: ProcessIdentity): string {
  return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
}

async function here(): Promise<Pick<ProcessIdentity, "boot" | "namespace" | "host">> {
  const [boot, namespace] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").then(
      (text) => text.trim(),
      () => null,
    ),
    readlink("/proc/self/ns/pid").catch(() => null),
  ]);
  return { boot, namespace, host: hostname() };
}

async function stateOf(pid: number): Promise<"gone" | { readonly started: string | null }> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "gone";
  }
  if (process.platform === "linux") return linuxState(pid);
  if (process.platform === "win32") return { started: null };
  const shown = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  }).catch(() => undefined);
  return { started: shown?.stdout.trim() || null };
}

/** `man 5 proc`: the name of the program, in brackets, may hold anything; state and start time are fields 3 and 22. */
async function linuxState(pid: number): Promise<"gone" | { readonly started: string | null }> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // It ended a moment ago, or belongs to another user and is hidden.
  if (text === null) return { started: null };
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; only its parent has not asked for its exit code yet.
  return fields[0] === "Z" || fields[0] === "X" ? "gone" : { started: fields[19] ?? null };
}
