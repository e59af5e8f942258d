import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Redis } from "ioredis";
import type { CellFiles, Files } from "../cells/cell-files.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Redis takes no larger value. */
const largestFile = 512 * 2 ** 20;

/** Files are forgotten so long after they were last written, in days: working files after `working`, results after `published`. */
const keptDays = { working: 7, published: 30 } as const;

const seconds = (days: number) => String(days * 24 * 3600);

/** Where no result stands yet, writes it and removes the working files. A script runs alone, so nobody sees half of it. */
const publishOnce = `
if redis.call("EXISTS", KEYS[1]) == 1 then return 0 end
redis.call("HSET", KEYS[1], unpack(ARGV, 2))
redis.call("EXPIRE", KEYS[1], ARGV[1])
redis.call("DEL", KEYS[2])
return 1`;

/** Keeps the files of cells in Redis itself, for machines that share no folder. */
export function redisFiles(redis: Redis): CellFiles {
  const working = (cell: string) => `invertible:working:${cell}`;
  const published = (cell: string) => `invertible:published:${cell}`;
  return {
    async working(cell) {
      return filesOf(await redis.hgetallBuffer(working(cell)));
    },
    async keep(cell, name, content) {
      checkSize(name, content);
      const answers = await redis
        .multi()
        .hset(working(cell), name, Buffer.from(content))
        .expire(working(cell), seconds(keptDays.working))
        .exec();
      for (const [error] of answers ?? []) if (error) throw error;
    },
    async publish(cell, files) {
      const fields: (string | Buffer)[] = [];
      for (const [name, content] of files) {
        const packed = await compress(content);
        checkSize(name, packed);
        fields.push(name, packed);
      }
      const keys = [published(cell), working(cell)];
      return (await redis.eval(publishOnce, 2, ...keys, seconds(keptDays.published), ...fields)) === 1;
    },
    async published(cell) {
      const packed = filesOf(await redis.hgetallBuffer(published(cell)));
      if (packed.size === 0) return undefined;
      const files = new Map<string, Uint8Array>();
      for (const [name, content] of packed) files.set(name, await decompress(content));
      return files;
    },
    async finished(cells) {
      if (cells.length === 0) return new Set();
      const asked = redis.pipeline();
      for (const cell of cells) asked.exists(published(cell));
      const answers = (await asked.exec()) ?? [];
      return new Set(cells.filter((_, i) => answers[i]?.[1] === 1));
    },
  };
}

const filesOf = (fields: Record<string, Buffer>): Files => new Map(Object.entries(fields));

function checkSize(name: string, content: Uint8Array): void {
  if (content.byteLength > largestFile)
    throw new RangeError(
      `${name}: expected at most ${largestFile / 2 ** 20} MiB, which is all that Redis keeps in one value, received ${Math.ceil(content.byteLength / 2 ** 20)} MiB (give the submitter --shared with a folder that all machines see)`,
    );
}
