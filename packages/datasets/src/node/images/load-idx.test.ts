import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArgumentError } from "@invertible/errors";
import { DataFileError, DownloadError } from "../../errors.ts";
import { serve, smallFiles, smallSet } from "../../../test-support/idx.ts";
import { loadIdx } from "./load-idx.ts";
import type { LoadOptions } from "../files/load-options.ts";

const names = [...smallFiles.keys()];
const load = (options: LoadOptions, set = smallSet) => loadIdx("loadSmall", set, options);
const impatient = { ...smallSet, idleMilliseconds: 1000 };
const failure = async (options: LoadOptions, set = smallSet) =>
  load(options, set).then(
    () => undefined,
    (error: unknown) => error as Error,
  );

let folder = "";
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "invertible-datasets-"))));
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await rm(folder, { recursive: true, force: true });
});

/** A mirror that answers with the published bytes, or as told for one file. */
async function mirror(misbehave: Record<string, (response: ServerResponse, bytes: Uint8Array) => void> = {}) {
  const server = await serve((name, response) => {
    const bytes = smallFiles.get(name);
    if (!bytes) return void response.writeHead(404).end();
    const answer = misbehave[name];
    if (answer) answer(response, bytes);
    else response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  closers.push(server.close);
  return server;
}

async function writeFiles(into: string, except: Record<string, Uint8Array | null> = {}): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const [name, bytes] of smallFiles) {
    const content = name in except ? except[name]! : bytes;
    if (content) await writeFile(join(into, name), content);
  }
}

/** Expects that every file of the cache is whole, and that nothing else is in it. */
async function expectWholeCache(cache: string, expected: readonly string[]): Promise<void> {
  expect((await readdir(cache)).sort()).toEqual([...expected].sort());
  for (const name of expected)
    expect(new Uint8Array(await readFile(join(cache, name)))).toEqual(smallFiles.get(name));
}

describe("a local folder", () => {
  it.each([".", "small"])("is read, the files lying in %s", async (subfolder) => {
    await writeFiles(join(folder, subfolder));
    const { train, test } = await load({ folder });
    expect([train.count, test.count]).toEqual([60, 10]);
    expect(train.shape).toEqual([28, 28, 1]);
    const inside = gunzipSync(smallFiles.get(names[0]!)!);
    expect(train.values).toEqual(new Uint8Array(inside.subarray(16)));
    expect(train.labels.length).toBe(60);
    expect(test.values.length).toBe(7840);
  });

  it("may hold unpacked files", async () => {
    for (const [name, bytes] of smallFiles)
      await writeFile(join(folder, name.replace(".gz", "")), gunzipSync(bytes));
    expect((await load({ folder })).test.count).toBe(10);
  });

  it("is not written to", async () => {
    await writeFiles(folder);
    await load({ folder });
    expect((await readdir(folder)).sort()).toEqual([...names].sort());
  });

  it("is named when it is missing, or a file", async () => {
    const missing = await failure({ folder: join(folder, "absent") });
    expect(DataFileError.is(missing)).toBe(true);
    expect(missing!.message).toBe(
      `loadSmall: ${join(folder, "absent")}: expected a readable folder, received none`,
    );
    await writeFile(join(folder, "file"), "");
    const file = await failure({ folder: join(folder, "file") });
    expect(file!.message).toBe(
      `loadSmall: ${join(folder, "file")}: expected a readable folder, received a file`,
    );
  });

  it("is named with the files it lacks", async () => {
    const empty = await failure({ folder });
    expect(DataFileError.is(empty)).toBe(true);
    expect(empty!.message).toBe(
      `loadSmall: expected ${names.join(", ")} in ${folder} or ${join(folder, "small")}, received no such file`,
    );
    await writeFiles(join(folder, "small"), { "t10k-labels-idx1-ubyte.gz": null });
    expect((await failure({ folder }))!.message).toBe(
      `loadSmall: expected t10k-labels-idx1-ubyte.gz in ${join(folder, "small")}, received no such file`,
    );
  });

  it("is named with a damaged or unreadable file", async () => {
    const name = "train-labels-idx1-ubyte.gz";
    const bytes = smallFiles.get(name)!;
    await writeFiles(folder, { [name]: bytes.slice(0, 40) });
    const damaged = await failure({ folder });
    expect(DataFileError.is(damaged)).toBe(true);
    expect(damaged!.message).toBe(
      `loadSmall: ${join(folder, name)}: expected a whole gzip file of ${bytes.length} bytes, received one cut off after 40`,
    );
    await rm(join(folder, name));
    await mkdir(join(folder, name));
    expect((await failure({ folder }))!.message).toContain(
      `loadSmall: ${join(folder, name)}: expected a readable file, received a folder`,
    );
  });
});

describe("what lies in a file's place", () => {
  const name = names[0]!;
  const path = () => join(folder, name);

  it("is refused before it is read: a file that is far too large", async () => {
    await writeFiles(folder, { [name]: null });
    await writeFile(path(), "");
    // Without blocks on the disk, and too large to be read in one piece.
    await truncate(path(), 3 * 2 ** 30);
    const error = await failure({ folder });
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toMatch(/: expected a file of at most \d+ bytes, received one of 3221225472$/);
  });

  it.skipIf(process.platform === "win32")("is not waited for: a named pipe", async () => {
    await writeFiles(folder, { [name]: null });
    execFileSync("mkfifo", [path()]);
    const error = await failure({ folder });
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toBe(`loadSmall: ${path()}: expected a readable file, received a named pipe`);
  });

  it("is read no longer once the signal aborts", async () => {
    await writeFiles(folder);
    const abort = new AbortController();
    const result = failure({ folder, signal: abort.signal });
    abort.abort(new Error("enough"));
    expect((await result)!.message).toBe("enough");
  });
});

describe("a cache", () => {
  it("is filled from a mirror once and read afterwards", async () => {
    const { address, asked } = await mirror();
    const cache = join(folder, "new", "cache");
    const progress: string[] = [];
    const first = await load({
      cache,
      mirrors: [address],
      onProgress: ({ file, received, total }) => received === total && progress.push(file),
    });
    expect(asked).toEqual(names);
    expect(progress).toEqual(names);
    await expectWholeCache(cache, names);
    expect(await load({ cache, mirrors: [address] })).toEqual(first);
    expect(asked.length).toBe(4);
  });

  const isSlow = (fault: string) => fault === "silence" || fault === "a byte now and then";
  const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1);
  const target = names[2]!;
  const size = smallFiles.get(target)!.length;
  const faults: [string, (response: ServerResponse, bytes: Uint8Array) => void, string][] = [
    [
      "404",
      (response) => response.writeHead(404).end("nothing here"),
      "expected HTTP status 200, received 404 Not Found",
    ],
    [
      "500",
      (response) => response.writeHead(500).end(),
      "expected HTTP status 200, received 500 Internal Server Error",
    ],
    [
      "a connection that ends half-way",
      (response, bytes) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(half(bytes), () => response.destroy());
      },
      `expected ${size} bytes, received ${size >> 1} before the connection ended: `,
    ],
    [
      "a short body that calls itself complete",
      (response, bytes) => response.writeHead(200).end(half(bytes)),
      `expected ${size} bytes, received ${size >> 1}`,
    ],
    [
      "a long body",
      (response, bytes) => response.end(Buffer.concat([bytes, bytes])),
      `expected ${size} bytes, received more`,
    ],
    [
      "wrong bytes",
      (response, bytes) => response.end(bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte))),
      `expected SHA-256 ${smallSet.test.images.sha256}, received `,
    ],
    [
      "silence",
      (response, bytes) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(half(bytes));
      },
      "expected data, received none for 1 s",
    ],
    [
      "a byte now and then",
      (response, bytes) => {
        response.writeHead(200, { "content-length": bytes.length });
        const timer = setInterval(() => response.write(bytes.subarray(0, 1)), 50);
        response.on("close", () => clearInterval(timer));
      },
      "expected at least 1000 bytes per second, received ",
    ],
    [
      "data without end",
      (response) => {
        const chunk = new Uint8Array(2 ** 16);
        const fill = () => {
          while (!response.destroyed && response.write(chunk));
        };
        response.writeHead(200).on("drain", fill);
        fill();
      },
      `expected ${size} bytes, received more`,
    ],
    ["a reset connection", (response) => response.destroy(), "expected a connection, received: "],
  ];

  it.each(faults)(
    "after %s, names the fault, keeps whole files and removes the rest",
    async (name, fault, message) => {
      const { address } = await mirror({ [target]: fault });
      const set = isSlow(name) ? impatient : smallSet;
      const error = await failure({ cache: folder, mirrors: [address] }, set);
      expect(DownloadError.is(error)).toBe(true);
      expect(error!.message).toContain(
        `loadSmall: ${target}: expected it from a mirror, received from none\n`,
      );
      expect(error!.message).toContain(`  ${address}/${target}: ${message}`);
      await expectWholeCache(folder, names.slice(0, 2));
    },
  );

  it.each(faults)("after %s, goes on to the next mirror", async (name, fault) => {
    const set = isSlow(name) ? impatient : smallSet;
    const bad = await mirror({ [target]: fault });
    const good = await mirror();
    const { test } = await load({ cache: folder, mirrors: [bad.address, `${good.address}/`] }, set);
    expect(test.count).toBe(10);
    expect(good.asked).toEqual([target]);
    await expectWholeCache(folder, names);
  });

  it("says what each mirror did", async () => {
    const one = await mirror({ [names[0]!]: (response) => response.writeHead(403).end() });
    const closed = await mirror();
    await closers.pop()!();
    const error = await failure({ cache: folder, mirrors: [one.address, closed.address] });
    expect(error!.message).toMatch(/403 Forbidden\n {2}.*expected a connection, received: .*ECONNREFUSED/);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["not an address", "ftp://example.org/set", "file:///etc/passwd", ""])(
    "names a mirror that is none, %j, and goes on to the next",
    async (bad) => {
      const { address } = await mirror();
      expect((await load({ cache: folder, mirrors: [bad, address] })).test.count).toBe(10);
      const error = await failure({ cache: join(folder, "other"), mirrors: [bad] });
      expect(DownloadError.is(error)).toBe(true);
      expect(error!.message).toContain(
        `  ${bad}: expected an address that starts with http:// or https://, received another\n`,
      );
    },
  );

  it("stops at once when aborted, and leaves no part of a file", async () => {
    let reportHalf = () => {};
    const halfSent = new Promise<void>((done) => (reportHalf = done));
    const { address } = await mirror({
      [target]: (response, bytes) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(half(bytes), reportHalf);
      },
    });
    const abort = new AbortController();
    // The stall timer is far away, so only the signal can end this download.
    const patient = { ...smallSet, idleMilliseconds: 600_000 };
    const options = { cache: folder, mirrors: [address, address], signal: abort.signal };
    const result = loadIdx("loadSmall", patient, options).catch((error: unknown) => error as Error);
    await halfSent;
    // The part file is there while the download runs, under a name of its own.
    await expect
      .poll(async () => (await readdir(folder)).filter((name) => name.endsWith(".part")).length)
      .toBe(1);
    abort.abort(new Error("enough"));
    expect(((await result) as Error).message).toBe("enough");
    await expectWholeCache(folder, names.slice(0, 2));
  });

  it("does not start when aborted before", async () => {
    const { address, asked } = await mirror();
    const error = await failure({ cache: folder, mirrors: [address], signal: AbortSignal.abort() });
    expect(error!.name).toBe("AbortError");
    expect(asked).toEqual([]);
  });

  it("mends a damaged file", async () => {
    const { address, asked } = await mirror();
    await writeFiles(folder, { [target]: half(smallFiles.get(target)!) });
    await load({ cache: folder, mirrors: [address] });
    expect(asked).toEqual([target]);
    await expectWholeCache(folder, names);
  });

  it("survives several loads at once", async () => {
    const { address } = await mirror();
    const sets = await Promise.all([1, 2, 3].map(() => load({ cache: folder, mirrors: [address] })));
    for (const set of sets) expect(set).toEqual(sets[0]);
    await expectWholeCache(folder, names);
  });

  it("removes the parts that a killed process left, but not those of a running one", async () => {
    const { address } = await mirror();
    const [old, fresh] = [`${target}.aaaa.part`, `${target}.bbbb.part`];
    await writeFile(join(folder, old), "x");
    await writeFile(join(folder, fresh), "x");
    const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
    await utimes(join(folder, old), yesterday, yesterday);
    await load({ cache: folder, mirrors: [address] });
    expect((await readdir(folder)).sort()).toEqual([...names, fresh].sort());
  });

  it("is named when it cannot be made", async () => {
    const { address } = await mirror();
    await writeFile(join(folder, "file"), "");
    const error = await failure({ cache: join(folder, "file", "cache"), mirrors: [address] });
    expect(DataFileError.is(error)).toBe(true);
    expect(error!.message).toContain(
      `${join(folder, "file", "cache")}: expected a writable cache folder, received an error`,
    );
  });
});

describe("contradictory options", () => {
  it("are refused by name", async () => {
    const both = await failure({ folder, cache: folder });
    expect(ArgumentError.is(both)).toBe(true);
    expect(both!.message).toBe('loadSmall: expected `folder` or `cache`, received "both"');
    expect((await failure({ cache: folder, mirrors: [] }))!.message).toContain(
      "expected at least one address",
    );
  });
});
