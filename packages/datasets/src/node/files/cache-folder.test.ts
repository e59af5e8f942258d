import { afterEach, expect, it, vi } from "vitest";
import { defaultCacheFolder } from "./cache-folder.ts";

afterEach(() => vi.unstubAllEnvs());

it("follows XDG_CACHE_HOME", () => {
  vi.stubEnv("XDG_CACHE_HOME", "/caches");
  expect(defaultCacheFolder("mnist").replaceAll("\\", "/")).toBe("/caches/invertible/mnist");
});

it("ends in the set's name without it", () => {
  vi.stubEnv("XDG_CACHE_HOME", "");
  expect(defaultCacheFolder("mnist")).toMatch(/[/\\]invertible[/\\]mnist$/);
});
