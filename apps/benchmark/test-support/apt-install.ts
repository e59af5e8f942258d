import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../tools/ci/apt-install.sh", import.meta.url));

/** Installs packages of Debian, for tests in continuous integration. @throws Error where that fails */
export function aptInstall(...packages: string[]): void {
  execFileSync("bash", [script, ...packages], { stdio: "ignore", timeout: 300_000 });
}
