import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findMnist } from "./find-mnist.ts";
import { UsageError } from "../cli/usage-error.ts";

describe("findMnist without a folder", () => {
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
    const error = await findMnist(null, new AbortController().signal).catch((e: unknown) => e);
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
    expect(await findMnist(null, stop.signal)).toBeNull();
  });
});
