import { defineConfig } from "vitest/config";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/**
 * Tests that need WebGPU under Node. Without a GPU, point VK_ICD_FILENAMES at a software Vulkan driver,
 * for example the SwiftShader that comes with Debian's chromium: /usr/lib/chromium/vk_swiftshader_icd.json
 */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    name: "webgpu",
    include: testFiles("webgpu.test"),
    testTimeout: 180_000,
    // One device at a time: a software renderer already uses every core.
    fileParallelism: false,
    // Dawn is a native addon; a process of its own survives a crash of the driver better than a thread.
    pool: "forks",
  },
});
