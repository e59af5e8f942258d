import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { runNpm, runQuietly, spawnCaptured } from "./processes.mjs";
import { readJson, root, workspaceFolders } from "./repository.mjs";
import { SetUpError } from "./set-up-error.mjs";

/** Holds the fingerprint of the last finished install. Inside node_modules, so that it goes when they go. */
const stamp = join(root, "node_modules/.invertible-install");

/**
 * Installs the dependencies if they are not up to date, then builds what is asked for. Says nothing when there is nothing to do.
 *
 * @param {readonly string[] | undefined} buildFilter turbo arguments that narrow the build; undefined builds nothing
 */
export async function setUp(buildFilter) {
  if (!isInstalled()) await install();
  if (buildFilter) await build(buildFilter);
}

function isInstalled() {
  return (
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === fingerprint(root) &&
    workspaceFolders().every((folder) => existsSync(join(root, folder, "node_modules")))
  );
}

async function install() {
  rmSync(stamp, { force: true });
  const pnpm = readJson("package.json").packageManager;
  const { exitCode, output } = await runQuietly("Installing dependencies", () =>
    // A changed lockfile may ask to empty node_modules; nobody is there to answer.
    runNpm([
      "exec",
      "--yes",
      // Also under "npm run --silent": the reason of a failure is worth reading.
      "--loglevel=error",
      pnpm,
      "--",
      "install",
      "--frozen-lockfile",
      "--config.confirmModulesPurge=false",
      "--reporter=append-only",
    ]),
  );
  if (exitCode !== 0) {
    process.stderr.write(output);
    throw new SetUpError(explainInstallFailure(output, pnpm));
  }
  writeFileSync(stamp, fingerprint(root));
}

/** @param {readonly string[]} filter */
async function build(filter) {
  const { exitCode, output } = await runQuietly("Building the packages", () =>
    spawnCaptured("turbo", ["run", "build", "--output-logs=errors-only", ...filter]),
  );
  if (exitCode !== 0) {
    process.stderr.write(output);
    throw new SetUpError("build: failed; the compiler's messages are above");
  }
}

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|META_FETCH_FAIL/;

/**
 * One line that says what to do about a failed install.
 *
 * @param {string} output what npm and pnpm printed
 * @param {string} pnpm the pinned package manager, such as "pnpm@10.0.0"
 */
export function explainInstallFailure(output, pnpm) {
  if (output.includes("ERR_PNPM_OUTDATED_LOCKFILE")) {
    return `install: pnpm-lock.yaml does not match package.json; run "npx ${pnpm} install" and commit the lockfile`;
  }
  if (unreachable.test(output)) {
    return 'install: the npm registry is unreachable; check the network, the proxy and "npm config get registry"';
  }
  return "install: failed; the package manager's messages are above";
}
