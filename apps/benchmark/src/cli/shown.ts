import { isAbsolute, relative } from "node:path";

/** As the user would type it: relative below the current folder, absolute elsewhere. */
export function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere || ".";
}
