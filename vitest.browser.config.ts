import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumPath, quietly } from "./tools/ci/chromium.mjs";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/** Tests that run in headless Chromium. */
export default defineConfig({
  // Cross-origin isolation, without which a page has no shared memory and no threads.
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  ...shared,
  test: {
    ...shared.test,
    name: "browser",
    include: testFiles("browser.test"),
    testTimeout: 180_000,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: chromiumPath,
          args: [
            ...quietly,
            // WebGPU on any machine: the software adapter that Chromium carries.
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
            "--enable-features=Vulkan",
          ],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
