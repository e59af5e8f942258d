import { randomBytes } from "node:crypto";
import { constants, readFileSync, rmSync } from "node:fs";
import { copyFile, link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../cli/usage-error.ts";
import { describeOwner, isGone, ownIdentity, processSchema } from "./process-identity.ts";

/** What a lock file holds. The id is never used twice, so equal ids mean the same lock. */
const lockSchema = z.strictObject({ id: z.string(), process: processSchema, since: z.string() });
type Lock = z.infer<typeof lockSchema>;

const lockName = "run.lock";

/** Files that belong to the lock, also those that a killed process left. */
export const isLockFile = (name: string): boolean => name === lockName || name.startsWith(`${lockName}.`);

/**
 * Keeps a second run out of the folder. A lock whose process is gone, after a crash or a kill, is taken over.
 * @returns a function that gives the folder back
 * @throws UsageError naming the lock file, the process that holds it, and what to do
 */
export async function lockFolder(folder: string): Promise<() => void> {
  return acquire(join(folder, lockName), folder);
}

/** @throws UsageError where another live process holds the folder. Writes nothing. */
export async function checkUnlocked(folder: string): Promise<void> {
  const path = join(folder, lockName);
  const lock = await readLock(path);
  if (lock && !(await isStale(lock))) throw held(folder, path, lock);
}

/**
 * A lock is written in full beside its place and then linked there, which fails where a file is already. So exactly one of
 * several processes succeeds, and nobody ever reads half a lock.
 */
async function acquire(path: string, folder: string): Promise<() => void> {
  const own: Lock = {
    id: randomBytes(8).toString("hex"),
    process: await ownIdentity(),
    since: new Date().toISOString(),
  };
  const written = `${path}.${own.id}.new`;
  await writeFile(written, JSON.stringify(own), { flag: "wx" });
  try {
    while (!(await putInPlace(written, path))) {
      const lock = await readLock(path);
      if (!lock) continue;
      if (lock === "unreadable" || !(await isStale(lock))) throw held(folder, path, lock);
      if (await takeOver(written, path, lock, folder)) break;
    }
  } finally {
    await rm(written, { force: true });
  }
  return () => {
    // A user may have deleted the lock by hand, and another run taken the folder.
    if (idOf(path) === own.id) rmSync(path, { force: true });
  };
}

async function putInPlace(written: string, path: string): Promise<boolean> {
  try {
    await link(written, path);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!withoutLinks.includes(code)) throw error;
  }
  try {
    await copyFile(written, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * From file systems that know no links, as on many memory sticks. There the lock is made in its place: just as exclusive, but
 * a kill within that moment leaves a lock that says nothing and has to be deleted by hand.
 */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Replaces a stale lock by our own. Whoever does so holds a second lock meanwhile, whose name contains the id of the stale
 * one: several processes that saw the same stale lock take turns, and all but the first find another lock in its place.
 */
async function takeOver(written: string, path: string, stale: Lock, folder: string): Promise<boolean> {
  const release = await acquire(`${path}.${stale.id}`, folder);
  try {
    if (idOf(path) !== stale.id) return false;
    await rename(written, path);
    return true;
  } finally {
    release();
  }
}

/** A lock that cannot be read counts as held: nobody knows by whom. */
const isStale = async (lock: Lock | "unreadable") => lock !== "unreadable" && isGone(lock.process);

async function readLock(path: string): Promise<Lock | "unreadable" | undefined> {
  try {
    return asLock(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return "unreadable";
  }
}

function idOf(path: string): string | undefined {
  try {
    const lock = asLock(readFileSync(path, "utf8"));
    return lock === "unreadable" ? undefined : lock.id;
  } catch {
    return undefined;
  }
}

function asLock(text: string): Lock | "unreadable" {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return "unreadable";
  }
}

function held(folder: string, path: string, lock: Lock | "unreadable"): UsageError {
  const holder =
    lock === "unreadable"
      ? `${path} does not say which process`
      : `${describeOwner(lock.process)} has been running in it since ${lock.since}, says ${path}`;
  return new UsageError(
    `--out: expected a folder that no other run uses, received ${folder} (${holder}; wait for it, choose another --out, or delete that file if no run is going on)`,
  );
}
