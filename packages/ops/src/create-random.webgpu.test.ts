import { expect, it } from "vitest";
import { startBackend } from "./backend/index.ts";
import { createRandom } from "./create-random.ts";

it("gives the same numbers on WebGPU", async () => {
  await startBackend("webgpu");
  const random = createRandom(3);
  const normal = random.normal([64, 3]);
  expect(await normal.data()).toEqual(random.normalArray(192));
  normal.dispose();
});
