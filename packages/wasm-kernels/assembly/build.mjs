/**
 * Compiles the kernels in this folder and writes them, as text, to ../src/native/binary.ts: packages carry no binary
 * file and bundlers need no loader. Run after every change: `pnpm --filter @invertible/wasm-kernels build:wasm`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const target = new URL("../src/native/binary.ts", import.meta.url);

/** The text of src/native/binary.ts for the sources as they are now. */
export async function generate() {
  const { error, stderr, stdout, binary } = await compile();
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  void stdout;
  return [
    "// Generated from ../../assembly by build.mjs; do not edit.",
    "",
    "/** The compiled kernels, in base64. */",
    "export const binary =",
    `  "${Buffer.from(binary).toString("base64")}";`,
    "",
  ].join("\n");
}

async function compile() {
  let binary;
  const result = await asc.main(
    // prettier-ignore
    ["index.ts", "--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--enable", "simd"],
    {
      readFile: async (name) =>
        readFile(fileURLToPath(new URL(name, import.meta.url)), "utf8").catch(() => null),
      writeFile: (_name, contents) => void (binary = contents),
      listFiles: () => [],
    },
  );
  return { ...result, binary };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await generate());
