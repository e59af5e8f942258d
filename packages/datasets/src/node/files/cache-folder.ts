import { homedir, platform } from "node:os";
import { join } from "node:path";

/**
 * The folder `invertible/<name>` in the place where the operating system keeps files that can be fetched again: XDG_CACHE_HOME
 * or ~/.cache, ~/Library/Caches on macOS, LOCALAPPDATA on Windows.
 */
export function defaultCacheFolder(name: string): string {
  return join(baseFolder(), "invertible", name);
}

function baseFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (platform() === "darwin") return join(homedir(), "Library", "Caches");
  if (platform() === "win32") return LOCALAPPDATA || join(homedir(), "AppData", "Local");
  return join(homedir(), ".cache");
}
