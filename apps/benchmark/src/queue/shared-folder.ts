import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeOnce } from "../run/atomic-file.ts";
import type { FilesPlace } from "./cell-queue.ts";

/** Tells the folder from another one of the same path, on a machine where it is not mounted. */
const marker = "shared-folder-id";

/** Makes the folder, if need be, and reads how it is told from others. */
export async function shareFolder(path: string): Promise<FilesPlace> {
  await mkdir(path, { recursive: true });
  await writeOnce(join(path, marker), randomBytes(8).toString("hex"));
  return { kind: "folder", path, id: await readFile(join(path, marker), "utf8") };
}

/** Whether this machine sees what the submitter sees. */
export async function isSeen(place: FilesPlace): Promise<boolean> {
  if (place.kind === "redis") return true;
  const found = await readFile(join(place.path, marker), "utf8").catch(() => undefined);
  return found === place.id;
}
