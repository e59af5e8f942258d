import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { aptInstall } from "./apt-install.ts";

/** A Slurm of one node, on this machine. */
export interface TestSlurm {
  /** Runs one of its commands. @returns what it prints */
  call(command: string, ...options: string[]): string;
  /** Whether a job is queued or runs. */
  isBusy(): boolean;
  /** Ends the daemons, and waits until they are gone: each writes its state while it ends. */
  stop(): Promise<void>;
}

const programs = ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"];
const isThere = () => programs.every((path) => existsSync(path));

/** In continuous integration, Debian's packages are installed where they are absent; elsewhere a test installs nothing. @returns why there is none */
export function findSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can start a Slurm of its own";
  if (isThere()) return undefined;
  if (process.env["CI"] !== "true") return "Slurm is not installed (Debian: apt-get install slurm-wlm munge)";
  try {
    aptInstall("slurm-wlm", "munge");
  } catch (error) {
    return `apt-get could not install Slurm: ${(error as Error).message}`;
  }
  return isThere() ? undefined : "apt-get installed no Slurm";
}

/** @param folder an empty one, for keys, state and logs */
export async function startSlurm(folder: string): Promise<TestSlurm> {
  const at = (name: string) => join(folder, name);
  const [host, socket] = [hostname(), at("munge.socket")];
  for (const name of ["state", "spool"]) mkdirSync(at(name));
  writeFileSync(at("munge.key"), randomBytes(1024));
  for (const [name, mode] of [
    ["munge.key", 0o400],
    [".", 0o755],
  ] as const)
    chmodSync(at(name), mode);
  const config = {
    ClusterName: "test",
    SlurmctldHost: host,
    AuthType: "auth/munge",
    // A job that queues itself again waits for so many seconds.
    AuthInfo: `socket=${socket},cred_expire=5`,
    CryptoType: "crypto/munge",
    SlurmUser: "root",
    SlurmdUser: "root",
    StateSaveLocation: at("state"),
    SlurmdSpoolDir: at("spool"),
    SlurmctldPidFile: at("slurmctld.pid"),
    SlurmdPidFile: at("slurmd.pid"),
    SlurmctldLogFile: at("slurmctld.log"),
    SlurmdLogFile: at("slurmd.log"),
    SlurmctldPort: 17817,
    SlurmdPort: 17818,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    JobAcctGatherType: "jobacct_gather/none",
    AccountingStorageType: "accounting_storage/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_CPU",
    SchedulerParameters: "sched_min_interval=100000,sched_interval=2,bf_interval=1",
    NodeName: `${host} CPUs=2 State=UNKNOWN`,
    PartitionName: "all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
  };
  const lines = Object.entries(config).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(at("slurm.conf"), lines.join(""));
  const env = { ...process.env, SLURM_CONF: at("slurm.conf") };
  const call = (command: string, ...options: string[]) =>
    execFileSync(command, options, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
  const daemons: ChildProcess[] = [];
  // They run in the foreground, as children, so that `stop` sees when they have ended.
  const start = (command: string, ...options: string[]) =>
    daemons.unshift(spawn(command, options, { stdio: "ignore", env }));
  const stop = async () => {
    for (const daemon of daemons) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill();
      await once(daemon, "exit");
    }
  };
  try {
    start(
      "munged",
      "--foreground",
      "--force",
      `--key-file=${at("munge.key")}`,
      `--socket=${socket}`,
      `--pid-file=${at("munged.pid")}`,
      `--seed-file=${at("munged.seed")}`,
    );
    await until("munged: a socket", () => existsSync(socket));
    start("slurmctld", "-D");
    start("slurmd", "-D");
    await until("slurmd: an idle node", () => {
      try {
        return call("sinfo", "--noheader", "--format=%T").trim() === "idle";
      } catch {
        return false; // Nothing listens yet.
      }
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { call, isBusy: () => call("squeue", "--noheader").trim() !== "", stop };
}

async function until(expected: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 100) throw new Error(`${expected} was expected within 20 s, there was none`);
    await wait(200);
  }
}
