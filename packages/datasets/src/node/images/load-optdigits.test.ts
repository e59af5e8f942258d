import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadOptdigits } from "./load-optdigits.ts";

let folder = "";
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "invertible-optdigits-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("loadOptdigits", () => {
  it("names the file that is missing", async () => {
    await writeFile(join(folder, "optdigits.tra"), "0,1\n");
    await expect(loadOptdigits({ folder })).rejects.toThrow(
      `loadOptdigits: expected optdigits.tes in ${folder}, received no such file`,
    );
  });

  it("refuses a file of other bytes", async () => {
    await writeFile(join(folder, "optdigits.tra"), "0,1\n");
    await writeFile(join(folder, "optdigits.tes"), "0,1\n");
    await expect(loadOptdigits({ folder })).rejects.toThrow(
      "optdigits.tra: expected a file with SHA-256 e1b683cc",
    );
  });
});
