import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRedis, startRedis } from "../../test-support/redis.ts";
import type { TestRedis } from "../../test-support/redis.ts";
import { redisFiles } from "../queue/redis-files.ts";
import type { CellFiles } from "./cell-files.ts";
import { folderFiles } from "./folder-files.ts";

const redisOrNot = findRedis();
const problem = "problem" in redisOrNot ? ` (${redisOrNot.problem})` : undefined;
const folder = mkdtempSync(join(tmpdir(), "cell-files-"));
let redis: TestRedis | undefined;
beforeAll(async () => {
  if ("program" in redisOrNot) redis = await startRedis(redisOrNot.program, folder);
});
afterAll(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const plain = (files: ReadonlyMap<string, Uint8Array> | undefined) =>
  files && Object.fromEntries([...files].map(([name, content]) => [name, [...content]]));

describe.each<[string, () => CellFiles, boolean]>([
  ["a folder", () => folderFiles(join(folder, "cells")), false],
  [`Redis${problem ?? ""}`, () => redisFiles(redis!.client), problem !== undefined],
])("files of cells in %s", (where, open, skipped) => {
  it.skipIf(skipped)("keeps working files until the result is published", async () => {
    const files = open();
    expect(plain(await files.working("a"))).toEqual({});
    await files.keep("a", "checkpoint", bytes(1, 2));
    await files.keep("a", "checkpoint", bytes(0, 255, 13, 10));
    await files.keep("a", "measurements", bytes());
    expect(plain(await files.working("a"))).toEqual({ checkpoint: [0, 255, 13, 10], measurements: [] });
    expect(await files.published("a")).toBeUndefined();
    expect(await files.publish("a", new Map([["result.json", bytes(7)]]))).toBe(true);
    expect(plain(await files.working("a"))).toEqual({});
    expect(plain(await files.published("a"))).toEqual({ "result.json": [7] });
    expect([...(await files.finished(["a", "never"]))]).toEqual(["a"]);
  });

  it.skipIf(skipped || where !== "a folder")(
    "removes what a machine left that died while it published",
    async () => {
      const left = join(folder, "cells", "late", "new-0123456789abcdef");
      mkdirSync(left, { recursive: true });
      writeFileSync(join(left, "result.json"), "half");
      await open().publish("late", new Map([["result.json", bytes(7)]]));
      expect(readdirSync(join(folder, "cells", "late"))).toEqual(["published"]);
    },
  );

  it.skipIf(skipped)("of many who publish, one does", async () => {
    const files = open();
    const done = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        files.publish(
          "many",
          new Map([
            ["result.json", bytes(i)],
            ["model.onnx", bytes(i, i)],
          ]),
        ),
      ),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
    const winner = done.indexOf(true);
    expect(plain(await files.published("many"))).toEqual({
      "result.json": [winner],
      "model.onnx": [winner, winner],
    });
    expect(await files.publish("many", new Map([["result.json", bytes(99)]]))).toBe(false);
  });
});
