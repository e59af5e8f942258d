import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../../run/processes.mjs";
import { entriesOf } from "../entries.mjs";

/** @typedef {import("../pack.mjs").Published} Published */

/** The oldest TypeScript that the packages support, the one they are built with, and the newest. */
const compilers = ["typescript-5.5", "typescript", "typescript-6"];
const resolutions = ["nodenext", "bundler"];
const atOnce = 2;

/**
 * Type-checks a program that imports every entry of every package, in the ways of Node and of bundlers and under several
 * versions of TypeScript, and looks for exports without a docstring.
 *
 * @param {string} place where the packages are installed
 * @param {readonly Published[]} packages
 * @returns {Promise<string[]>} what is wrong
 */
export async function checkTypes(place, packages) {
  const entries = packages.flatMap(({ manifest }) => entriesOf(manifest));
  const user = join(place, "user.ts");
  const imports = entries.map((entry, i) => `import * as entry${i} from ${JSON.stringify(entry)};`);
  writeFileSync(user, `${imports.join("\n")}\nexport const all = [${entries.map((_, i) => `entry${i}`)}];\n`);

  const jobs = compilers.flatMap((compiler) =>
    resolutions.map((resolution) => ({ compiler, resolution, docstrings: false })),
  );
  // One look at the docstrings is enough: they are the same text in every version.
  if (jobs[0]) jobs[0].docstrings = true;
  /** @type {string[]} */
  const complaints = [];
  const program = fileURLToPath(new URL("compile.mjs", import.meta.url));
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) {
        const { exitCode, output } = await capture(
          process.execPath,
          [program, JSON.stringify({ ...job, user })],
          place,
        );
        const name = `${job.compiler}, ${job.resolution}`;
        if (exitCode !== 0) complaints.push(`${name}: ${output}`);
        else complaints.push(...JSON.parse(output).map((/** @type {string} */ line) => `${name}: ${line}`));
      }
    }),
  );
  return complaints;
}
