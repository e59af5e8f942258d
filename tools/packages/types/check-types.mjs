import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture } from "../../run/processes.mjs";
import { entriesOf } from "../entries.mjs";

/** @typedef {import("../pack.mjs").Published} Published */

/**
 * The oldest TypeScript that the packages support, the one they are built with, and the newest. Where a bundler finds them does not depend
 * on the version.
 */
const ways = [
  { compiler: "typescript-5.5", resolution: "nodenext" },
  { compiler: "typescript", resolution: "nodenext" },
  { compiler: "typescript-6", resolution: "nodenext" },
  { compiler: "typescript-6", resolution: "bundler" },
];
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

  // One look at the docstrings is enough: they are the same text in every version.
  const jobs = ways.map((way, i) => ({ ...way, docstrings: i === 0 }));
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
