import { UnsupportedError } from "./errors.ts";

/**
 * Awaits the dynamic import of an optional package, and says what is missing if it fails.
 *
 * @throws UnsupportedError naming the package, and how to install it where it is absent.
 */
export async function loadPackage<T>(where: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const advice = isAbsent(cause, packageName)
      ? `received none; run: npm install ${packageName}`
      : `received an error while it loaded: ${describeCause(cause)}`;
    throw new UnsupportedError(`${where}: expected the package "${packageName}", ${advice}`, { cause });
  }
}

/** The message of anything that was thrown. The wasm backend rejects with plain objects. */
export function describeCause(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "message" in cause) return String(cause.message);
  return String(cause);
}

/** Whether the package itself is absent, and not merely one of the files or packages that it needs. */
function isAbsent(cause: unknown, packageName: string): boolean {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  const message = describeCause(cause);
  const missing =
    code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND" || /failed to resolve/i.test(message);
  return missing && new RegExp(`(package|module|specifier|import) ['"]${packageName}['"]`, "i").test(message);
}
