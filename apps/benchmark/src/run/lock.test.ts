import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkUnlocked, lockFolder } from "./lock.ts";
import type { ContenderAnswer, ContenderOrder } from "../../test-support/lock-contender.ts";
import { ownIdentity } from "./process-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** INVERTIBLE_LONG_TESTS=1 runs the long form. */
const starts = process.env["INVERTIBLE_LONG_TESTS"] === "1" ? 500 : 40;
const contenders = 4;

let folder = "";
const lockPath = () => join(folder, "run.lock");
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bench-lock-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeLock(identity: ProcessIdentity, id = "0123456789abcdef", path = lockPath()): void {
  writeFileSync(path, JSON.stringify({ id, process: identity, since: "2026-01-01T00:00:00.000Z" }));
}

/** A process that has ended. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "close");
  return child.pid!;
}

describe("the lock of a folder", () => {
  it("names file, owner and what to do, and is free once it was given back", async () => {
    const unlock = await lockFolder(folder);
    const message = new RegExp(
      `^--out: expected a folder that no other run uses, received ${folder} \\(process ${process.pid} has been running in it since 20.*, says ${lockPath()}; wait for it, choose another --out, or delete that file if no run is going on\\)$`,
    );
    await expect(lockFolder(folder)).rejects.toThrow(message);
    await expect(checkUnlocked(folder)).rejects.toThrow(message);
    unlock();
    expect(readdirSync(folder)).toEqual([]);
    await checkUnlocked(folder);
    (await lockFolder(folder))();
  });

  it("does not give back what a user deleted and another run took since", async () => {
    const unlock = await lockFolder(folder);
    rmSync(lockPath());
    const unlockNext = await lockFolder(folder);
    unlock();
    expect(existsSync(lockPath())).toBe(true);
    unlockNext();
    expect(existsSync(lockPath())).toBe(false);
  });

  it("is taken over from a process that is gone, also by number and by a restart of the machine", async () => {
    const own = await ownIdentity();
    const stale: ProcessIdentity[] = [{ ...own, pid: await deadProcess() }];
    // Systems that do not tell start times or boots cannot see these.
    if (own.started !== null)
      stale.push({ ...own, started: "1" }, { ...own, pid: process.ppid, started: "1" });
    if (own.boot !== null) stale.push({ ...own, boot: "another boot" });
    for (const identity of stale) {
      writeLock(identity);
      await checkUnlocked(folder);
      const unlock = await lockFolder(folder);
      expect(JSON.parse(readFileSync(lockPath(), "utf8"))).toMatchObject({ process: own });
      unlock();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("is taken over although an earlier attempt to do so was killed", async () => {
    const gone = { ...(await ownIdentity()), pid: await deadProcess() };
    writeLock(gone, "aa");
    writeLock(gone, "bb", `${lockPath()}.aa`);
    writeLock(gone, "cc", `${lockPath()}.aa.bb`);
    (await lockFolder(folder))();
    expect(existsSync(lockPath())).toBe(false);
  });

  it.runIf(process.platform === "linux")(
    "is taken over from a process that only waits to be buried",
    async () => {
      // The shell replaces itself by a program that never asks for its child's exit code.
      const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      try {
        const pid = Number(String((await once(parent.stdout, "data"))[0]));
        const stat = () => readFileSync(`/proc/${pid}/stat`, "utf8");
        await expect.poll(stat).toMatch(/\) Z /);
        const started = stat().split(") ")[1]!.split(" ")[19]!;
        writeLock({ ...(await ownIdentity()), pid, started });
        (await lockFolder(folder))();
      } finally {
        parent.kill();
      }
    },
  );

  it("counts as held where nobody can tell: by another machine or container, or unreadable", async () => {
    const own = await ownIdentity();
    writeLock({ ...own, host: `not-${hostname()}`, boot: "another boot" });
    await expect(lockFolder(folder)).rejects.toThrow(`process ${own.pid} on not-${hostname()} has been`);
    if (own.namespace !== null) {
      writeLock({ ...own, pid: await deadProcess(), namespace: "pid:[1]" });
      await expect(lockFolder(folder)).rejects.toThrow("expected a folder that no other run uses");
    }
    writeFileSync(lockPath(), "");
    await expect(lockFolder(folder)).rejects.toThrow(`${lockPath()} does not say which process`);
  });
});

describe("several starts at the same moment", () => {
  const program = fileURLToPath(new URL("../../test-support/lock-contender.ts", import.meta.url));
  let children: ChildProcess[] = [];
  const next = async (child: ChildProcess) => (await once(child, "message"))[0] as ContenderAnswer;
  const tell = (child: ChildProcess, order: ContenderOrder) => {
    const answer = next(child);
    child.send(order);
    return answer;
  };
  beforeAll(async () => {
    const execArgv = ["--import", import.meta.resolve("tsx"), "--conditions", "@invertible/source"];
    children = Array.from({ length: contenders }, () => fork(program, [], { execArgv }));
    await Promise.all(children.map(next));
  });
  afterAll(() => children.forEach((child) => child.kill()));

  it.each(["a free folder", "a stale lock", "a stale lock and a killed attempt to take it over"])(
    `have one owner, ${starts} times over, with %s`,
    async (before) => {
      const gone = { ...(await ownIdentity()), pid: await deadProcess() };
      for (let start = 0; start < starts; start++) {
        if (before !== "a free folder") writeLock(gone, `stale${start}`);
        if (before.includes("killed")) writeLock(gone, "killed", `${lockPath()}.stale${start}`);
        const at = Date.now() + 3;
        const answers = await Promise.all(children.map((child) => tell(child, { at, folder })));
        expect(answers.filter((answer) => answer === "won")).toHaveLength(1);
        for (const answer of answers)
          if (typeof answer === "object")
            expect(answer.lost).toContain("expected a folder that no other run uses");
        await Promise.all(children.map((child) => tell(child, "release")));
        expect(readdirSync(folder)).toEqual([]);
      }
    },
    600_000,
  );
});
