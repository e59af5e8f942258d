import { fork, spawnSync } from "node:child_process";
import * as nodeFiles from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import ts from "typescript";
import { fileCheckpointStore } from "./file-checkpoint-store.ts";
import type { FileSystem } from "./file-checkpoint-store.ts";

let folder = "";
beforeEach(async () => {
  folder = await nodeFiles.mkdtemp(join(tmpdir(), "checkpoint-"));
});
afterEach(() => nodeFiles.rm(folder, { recursive: true, force: true }));

const bytes = (value: number, size = 1000) => new Uint8Array(size).fill(value);

describe("fileCheckpointStore", () => {
  it("gives back what was saved last, and nothing before", async () => {
    const store = fileCheckpointStore(join(folder, "deep", "run.safetensors"));
    expect(await store.load()).toBeUndefined();
    await store.save(bytes(1));
    await store.save(bytes(2, 10));
    expect(new Uint8Array((await store.load())!)).toEqual(bytes(2, 10));
    expect(await nodeFiles.readdir(join(folder, "deep"))).toEqual(["run.safetensors"]);
  });

  it("lets saves wait for each other, so that the last one stays", async () => {
    const store = fileCheckpointStore(join(folder, "run"));
    await Promise.all([1, 2, 3, 4].map((value) => store.save(bytes(value, 100_000 * (5 - value)))));
    expect(new Uint8Array((await store.load())!)).toEqual(bytes(4, 100_000));
    expect(await nodeFiles.readdir(folder)).toEqual(["run"]);
  });

  it("flushes the file before the rename and the folder after it", async () => {
    const calls: string[] = [];
    const recording: FileSystem = {
      ...nodeFiles,
      open: async (path, flags) => {
        const file = await nodeFiles.open(path, flags);
        const kind = path === folder ? "folder" : "file";
        return {
          writeFile: async (data) => {
            calls.push(`write ${kind}`);
            await file.writeFile(data);
          },
          sync: async () => {
            calls.push(`sync ${kind}`);
            await file.sync();
          },
          close: () => file.close(),
        };
      },
      rename: async (from, to) => {
        calls.push("rename");
        await nodeFiles.rename(from, to);
      },
    };
    await fileCheckpointStore(join(folder, "run"), { fileSystem: recording }).save(bytes(1));
    expect(calls).toEqual([
      "write file",
      "sync file",
      "rename",
      ...(process.platform === "win32" ? [] : ["sync folder"]),
    ]);
  });

  it("names the file and the reason when the path is a folder", async () => {
    const store = fileCheckpointStore(folder);
    await expect(store.load()).rejects.toThrow(`cannot read ${folder}: EISDIR`);
    await expect(store.save(bytes(1))).rejects.toThrow(`cannot write ${folder}: `);
  });
});

describe("fileCheckpointStore on a failing disk", () => {
  const failing: [string, Partial<FileSystem>][] = [
    // The kernel's own answer for a device that is always full.
    [
      "the disk is full",
      {
        open: (path, flags) =>
          nodeFiles.open(flags === "wx" ? "/dev/full" : path, flags === "wx" ? "w" : flags),
      },
    ],
    ["the disk fills up half-way", { open: openThatFailsAt("writeFile") }],
    ["the flush fails", { open: openThatFailsAt("sync") }],
    ["the rename fails", { rename: () => Promise.reject(noSpace()) }],
  ];
  it.runIf(process.platform === "linux").each(failing)(
    "keeps the previous checkpoint where %s",
    async (_, broken) => {
      const path = join(folder, "run");
      await fileCheckpointStore(path).save(bytes(1));
      const store = fileCheckpointStore(path, { fileSystem: { ...nodeFiles, ...broken } });
      await expect(store.save(bytes(2))).rejects.toThrow(/cannot write .*run: .*ENOSPC/);
      expect(new Uint8Array((await store.load())!)).toEqual(bytes(1));
      expect(await nodeFiles.readdir(folder)).toEqual(["run"]);
      // The next save, with room again, succeeds.
      await fileCheckpointStore(path).save(bytes(3));
      expect(new Uint8Array((await store.load())!)).toEqual(bytes(3));
    },
  );
});

describe("fileCheckpointStore and killed processes", () => {
  it("removes what dead processes left, and nothing else", async () => {
    const dead = spawnSync(process.execPath, ["--version"]);
    const others = [
      "run.bak",
      `.run.${process.ppid}.0.partial`,
      `.other.${dead.pid}.0.partial`,
      ".run.x.partial",
    ];
    for (const name of [...others, `.run.${dead.pid}.7.partial`, `.run.${process.pid}.99.partial`])
      await nodeFiles.writeFile(join(folder, name), "half");
    await fileCheckpointStore(join(folder, "run")).save(bytes(1));
    expect((await nodeFiles.readdir(folder)).sort()).toEqual([...others, "run"].sort());
  });

  it("always holds a whole checkpoint when the writer is killed -9 while saving", async () => {
    // The store imports nothing but Node, so that a child can run it without our tools.
    const source = await nodeFiles.readFile(new URL("file-checkpoint-store.ts", import.meta.url), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    await nodeFiles.mkdir(join(folder, "child"));
    await nodeFiles.writeFile(join(folder, "child", "store.mjs"), outputText);
    const child = join(folder, "child", "writer.mjs");
    await nodeFiles.writeFile(
      child,
      `import { fileCheckpointStore } from "./store.mjs";
       const store = fileCheckpointStore(process.argv[2]);
       for (let n = Number(process.argv[3]); ; n++) {
         await store.save(new Uint8Array(4_000_000).fill(n % 256));
         process.send(n % 256);
       }`,
    );
    const path = join(folder, "run");
    let [value, leftovers] = [0, 0];
    for (let kill = 0; kill < 12; kill++) {
      const writer = fork(child, [path, String(value + 1)], { execArgv: [] });
      const exited = new Promise((done) => writer.once("exit", done));
      let reported = value;
      writer.on("message", (message) => (reported = Number(message)));
      await new Promise((done) => writer.once("message", done));
      await sleep(kill * 3.7); // another phase of the write each time
      writer.kill("SIGKILL");
      await exited;
      const kept = (await nodeFiles.readFile(path)) as Uint8Array;
      expect(kept.length).toBe(4_000_000);
      expect(new Set(kept).size).toBe(1);
      // The last one reported, or a later one whose report was lost.
      expect((kept[0]! - reported + 256) % 256).toBeLessThanOrEqual(2);
      value = kept[0]!;
      const partial = (await nodeFiles.readdir(folder)).filter((name) => name.endsWith(".partial"));
      expect(partial.length).toBeLessThanOrEqual(1);
      leftovers += partial.length;
    }
    // If no kill had hit a write, the test would have shown nothing.
    expect(leftovers).toBeGreaterThan(0);
    await fileCheckpointStore(path).save(bytes(1));
    expect((await nodeFiles.readdir(folder)).sort()).toEqual(["child", "run"]);
  });
});

function noSpace(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
}

/** A file that takes half of the bytes, or takes them all and cannot flush. */
function openThatFailsAt(operation: "writeFile" | "sync"): FileSystem["open"] {
  return async (path, flags) => {
    const file = await nodeFiles.open(path, flags);
    return {
      writeFile: async (data) => {
        const all = data as Uint8Array;
        await file.writeFile(operation === "writeFile" ? all.subarray(0, all.length / 2) : all);
        if (operation === "writeFile") throw noSpace();
      },
      sync: () => (operation === "sync" && flags === "wx" ? Promise.reject(noSpace()) : file.sync()),
      close: () => file.close(),
    };
  };
}
