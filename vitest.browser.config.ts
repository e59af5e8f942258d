import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { shared, testFiles } from "./tools/vitest-shared.ts";

/** Tests that run in headless Chromium. CHROMIUM_PATH names another browser than Debian's. */
const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

export default defineConfig({
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
          executablePath,
          args: [
            "--no-sandbox",
            // WebGPU on any machine: the software adapter that Chromium carries.
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
            "--enable-features=Vulkan",
            // Nothing leaves the machine.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-domain-reliability",
            "--disable-sync",
            "--metrics-recording-only",
            "--no-default-browser-check",
            "--no-first-run",
            "--no-pings",
          ],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
