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

/** What Debian has that tests need: its packages, and whether they are there. */
const wanted = [
  // Carries SwiftShader too.
  { packages: ["chromium", "libvulkan1"], isThere: () => hasChromium() },
  { packages: ["redis-server"], isThere: () => existsSync("/usr/bin/redis-server") },
  { packages: ["slurm-wlm", "munge"], isThere: () => existsSync("/usr/sbin/slurmctld") },
];

const hasChromium = () => existsSync(chromiumPath) && vulkanLoader.some((path) => existsSync(path));

/**
 * Installs what is missing. Tests that need one of them before it is there wait for the same lock.
 *
 * @returns {Promise<{ problem?: string }>} why the browser is not there
 */
export async function installSystemPackages() {
  const missing = wanted.filter(({ isThere }) => !isThere()).flatMap(({ packages }) => packages);
  if (missing.length > 0)
    await runStep("packages of the system", ["bash", "tools/ci/apt-install.sh", ...missing], {
      minutes: 8,
      held: true,
    });
  return hasChromium()
    ? {}
    : { problem: `expected ${chromiumPath} and libvulkan.so.1 after apt-get, found them missing` };
}
