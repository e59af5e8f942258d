import { createHash, randomBytes } from "node:crypto";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

/** How far a download has come. */
export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string;
  /** Where it comes from. */
  readonly url: string;
  /** Bytes received so far. */
  readonly received: number;
  /** Bytes of the whole file. */
  readonly total: number;
}

/** Options of `downloadFile`. */
export interface DownloadRequest {
  /** Where to download from. */
  readonly url: string;
  /** Path of the downloaded file. */
  readonly target: string;
  /** What the file must be. */
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
  /** Stops the download. */
  readonly signal: AbortSignal | undefined;
  /** Called for every piece that arrives. */
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  /** The download is given up where nothing arrives for this long, or less than 1 kB/s. */
  readonly idleMilliseconds: number;
}

/** A slower mirror is given up. One byte now and then would keep a program waiting for ever. */
const slowestBytesPerSecond = 1000;

/** A temporary file of at least this age belongs to a process that was killed. */
const staleMilliseconds = 60 * 60 * 1000;

/**
 * Downloads a file to a temporary name beside the target, checks its length and SHA-256, and only then renames it. So the
 * target is always absent, or what it was before, or the whole file. The temporary file is removed on every failure. The folder
 * must exist.
 *
 * @throws the signal's reason where aborted, otherwise an Error `expected <..>, received <..>`.
 */
export async function downloadFile(request: DownloadRequest): Promise<void> {
  const { target, signal } = request;
  signal?.throwIfAborted();
  const folder = dirname(target);
  await removeStaleParts(folder, request.file.name);
  const part = `${target}.${randomBytes(6).toString("hex")}.part`;
  try {
    const handle = await open(part, "wx");
    try {
      await receive(request, handle);
      // The name must not become visible before the bytes are on the disk.
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

async function receive(
  { url, file, signal, onProgress, idleMilliseconds }: DownloadRequest,
  handle: FileHandle,
): Promise<void> {
  const stalled = new AbortController();
  let received = 0;
  let receivedBefore = 0;
  const seconds = idleMilliseconds / 1000;
  // The first look comes when there must at least be a connection; every later one asks for a stretch of the file.
  const timer = setInterval(() => {
    const arrived = received - receivedBefore;
    receivedBefore = received;
    if (arrived >= slowestBytesPerSecond * seconds) return;
    const reason = arrived === 0 ? `none for ${seconds} s` : `${arrived} bytes in ${seconds} s`;
    stalled.abort(
      new Error(
        arrived === 0
          ? `expected data, received ${reason}`
          : `expected at least ${slowestBytesPerSecond} bytes per second, received ${reason}`,
      ),
    );
  }, idleMilliseconds);
  const signals = signal ? [signal, stalled.signal] : [stalled.signal];
  const hash = createHash("sha256");
  try {
    // The encoding must be "identity". Otherwise a server may compress the file once more, and fetch would then also unpack the
    // gzip that is the file itself.
    const headers = { "accept-encoding": "identity" };
    const response = await fetch(url, { headers, signal: AbortSignal.any(signals) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(
        `expected HTTP status 200, received ${response.status} ${response.statusText}`.trimEnd(),
      );
    }
    if (!response.body) throw new Error("expected a body, received none");
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      // A slow connection takes its time; the rate counts from its first byte.
      if (received === 0) timer.refresh();
      received += chunk.length;
      if (received > file.bytes) throw new Error(`expected ${file.bytes} bytes, received more`);
      hash.update(chunk);
      await handle.writeFile(chunk);
      onProgress?.({ file: file.name, url, received, total: file.bytes });
    }
  } catch (error) {
    stalled.signal.throwIfAborted();
    throw isNetworkError(error)
      ? new Error(describeNetworkError(error, received, file.bytes), { cause: error })
      : error;
  } finally {
    clearInterval(timer);
  }
  if (received !== file.bytes) throw new Error(`expected ${file.bytes} bytes, received ${received}`);
  const checksum = hash.digest("hex");
  if (checksum !== file.sha256) throw new Error(`expected SHA-256 ${file.sha256}, received ${checksum}`);
}

/** Whether an error is a fault of the network. fetch reports each as a TypeError, with the real reason as its cause. */
function isNetworkError(error: unknown): error is TypeError {
  return error instanceof TypeError;
}

function describeNetworkError(error: TypeError, received: number, bytes: number): string {
  const { cause } = error as { cause?: { message?: string; code?: string } };
  const reason = cause?.message || cause?.code || error.message;
  return received === 0
    ? `expected a connection, received: ${reason}`
    : `expected ${bytes} bytes, received ${received} before the connection ended: ${reason}`;
}

async function removeStaleParts(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${name}.`) || !entry.endsWith(".part")) continue;
    const path = join(folder, entry);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleMilliseconds) await rm(path, { force: true });
  }
}
