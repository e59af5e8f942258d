import { createHash } from "node:crypto";
import { assemble, split } from "./mutations.mjs";

/**
 * A checkpoint whose checksum is right whatever its contents, as somebody would make it who wants to do harm. Other bytes stay as they
 * are.
 *
 * @param {Uint8Array} file
 */
export async function sign(file) {
  const parts = split(file);
  const metadata = parts?.header["__metadata__"];
  if (parts === undefined || typeof metadata !== "object" || metadata === null) return file;
  metadata["sha256"] = "0".repeat(64);
  const blank = assemble(parts.header, parts.data);
  const text = new TextDecoder("latin1").decode(blank);
  const at = text.indexOf(`"sha256":"${"0".repeat(64)}"`) + '"sha256":"'.length;
  blank.set(new TextEncoder().encode(createHash("sha256").update(blank).digest("hex")), at);
  return blank;
}
