import type * as files from "node:fs/promises";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { lockFolder } from "./lock.ts";

// As on exFAT, which most memory sticks have.
vi.mock("node:fs/promises", async (original) => ({
  ...(await original<typeof files>()),
  link: () => Promise.reject(Object.assign(new Error("operation not permitted, link"), { code: "EPERM" })),
}));

it("a folder can be locked on a file system that knows no links", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-lock-"));
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} has been running in it`);
  expect(readdirSync(folder)).toEqual(["run.lock"]);
  unlock();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
