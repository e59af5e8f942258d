import { existsSync } from "node:fs";
import { chromiumPath } from "./chromium.mjs";
import { runStep } from "./step.mjs";

const vulkanLoader = [
  "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
  "/usr/lib/aarch64-linux-gnu/libvulkan.so.1",
];

/** The software Vulkan driver of Debian's chromium, unless the machine names a driver of its own. */
export const softwareVulkan = () => ({
  VK_ICD_FILENAMES: process.env["VK_ICD_FILENAMES"] ?? "/usr/lib/chromium/vk_swiftshader_icd.json",
});

/**
 * Installs Debian's chromium, which also carries SwiftShader, and the Vulkan loader, if they are missing.
 *
 * @returns {Promise<{ problem?: string }>}
 */
export async function prepareBrowser() {
  if (isReady()) return {};
  const aptGet = ["apt-get", "-qq", "-o", "Acquire::Retries=3"];
  await runStep("package lists", [...aptGet, "update"], { minutes: 3 });
  const packages = ["chromium", "libvulkan1"];
  await runStep("chromium", [...aptGet, "install", "--yes", "--no-install-recommends", ...packages], {
    minutes: 6,
  });
  return isReady()
    ? {}
    : { problem: `expected ${chromiumPath} and libvulkan.so.1 after apt-get, found them missing` };
}

const isReady = () => existsSync(chromiumPath) && vulkanLoader.some((path) => existsSync(path));
