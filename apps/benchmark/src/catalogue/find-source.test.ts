import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataFileError } from "@invertible/datasets";
import { loadMnist } from "@invertible/datasets/node";
import { findInFolder, findSource } from "./find-source.ts";
import { UsageError } from "../cli/usage-error.ts";

const findMnist = (signal: AbortSignal) => findSource("mnist", "mnist", { folder: null, signal }, loadMnist);

describe("findSource without a folder", () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "invertible-cache-"));
    vi.stubEnv("XDG_CACHE_HOME", cache);
    vi.stubEnv("LOCALAPPDATA", cache);
    vi.stubEnv("HOME", cache);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    await rm(cache, { recursive: true });
  });

  it("is one line that names the option when no mirror delivers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    const error = await findMnist(new AbortController().signal).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message).toContain("no network");
    expect(message).toContain("pass its folder with --data");
    expect(message).not.toContain("\n");
  });

  it("gives nothing where an interruption stops the download", async () => {
    const stop = new AbortController();
    vi.stubGlobal("fetch", () => {
      stop.abort();
      return Promise.reject(stop.signal.reason as Error);
    });
    expect(await findMnist(stop.signal)).toBeNull();
  });
});

describe("findInFolder", () => {
  const { signal } = new AbortController();

  it("asks for a folder where none is named", async () => {
    await expect(
      findInFolder("power", "a folder", { folder: null, signal }, () => Promise.resolve()),
    ).rejects.toThrow("power: expected --data with a folder, received none");
  });

  it("gives the folder once its files are read, and explains what is wrong with them", async () => {
    const find = (load: () => Promise<unknown>) =>
      findInFolder("power", "a folder", { folder: "/data", signal }, load);
    expect(await find(() => Promise.resolve())).toEqual({ folder: resolve("/data") });
    const wrong = new DataFileError("loadMafTable: power: expected 8 columns, received 2");
    await expect(find(() => Promise.reject(wrong))).rejects.toThrow(
      new UsageError("--data: power: expected 8 columns, received 2"),
    );
  });
});
