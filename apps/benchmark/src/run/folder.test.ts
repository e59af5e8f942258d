import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inspectFolder } from "./folder.ts";

it("a start that died before its record was written leaves a folder that is free", async () => {
  const folder = await mkdtemp(join(tmpdir(), "invertible-run-"));
  await writeFile(join(folder, "run.lock"), "1");
  await writeFile(join(folder, "run.json.1.partial"), "{");
  expect(await inspectFolder(folder)).toEqual({ kind: "empty" });
  await writeFile(join(folder, "thesis.tex"), "");
  await expect(inspectFolder(folder)).rejects.toThrow("holds thesis.tex");
  await rm(folder, { recursive: true });
});
