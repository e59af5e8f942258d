import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("binary.ts is what the sources in ../../assembly compile to", async () => {
  const { generate } = (await import(new URL("../../assembly/build.mjs", import.meta.url).href)) as {
    generate(): Promise<string>;
  };
  const stored = await readFile(new URL("./binary.ts", import.meta.url), "utf8");
  const base64 = (text: string) => /"([A-Za-z0-9+/=]{100,})"/.exec(text)![1];
  expect(base64(stored), "run: pnpm --filter @invertible/wasm-kernels build:wasm").toBe(
    base64(await generate()),
  );
});
