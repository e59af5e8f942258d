import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../../run/processes.mjs";
import { guidePages } from "./guide.mjs";
import { openPages } from "./open-pages.mjs";

/** @typedef {import("./guide.mjs").GuidePage} GuidePage */
/** @typedef {{ title: string, folder: string }} BuiltPage */

/**
 * Does what a reader of the guide does: writes its files beside the installed packages, runs its commands, and opens the
 * pages in a browser.
 *
 * @param {string} place where the packages are installed
 * @returns {Promise<{ complaints: string[], notes: string[] }>}
 */
export async function checkPages(place) {
  /** @type {BuiltPage[]} */
  const built = [];
  /** @type {string[]} */
  const complaints = [];
  await Promise.all(
    guidePages().map(async (page) => {
      const folder = join(place, page.title.toLowerCase().replaceAll(" ", "-"));
      const problem = await build(place, folder, page);
      if (problem) complaints.push(problem);
      // Vite's page is the one that it writes, all others are the one that the reader wrote.
      const written = existsSync(join(folder, "dist/index.html")) ? join(folder, "dist") : folder;
      if (!problem) built.push({ title: page.title, folder: written });
    }),
  );
  const opened = await openPages(built);
  return { complaints: [...complaints, ...opened.complaints], notes: opened.notes };
}

/**
 * @param {string} place
 * @param {string} folder
 * @param {GuidePage} page
 * @returns {Promise<string | undefined>} what went wrong
 */
async function build(place, folder, { title, files, commands }) {
  mkdirSync(folder);
  symlinkSync(join(place, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const [name, code] of files) writeFileSync(join(folder, name), code);
  // The bundlers are this repository's, which are first on PATH: npm would download them, and npx would look for them in the folder.
  const script = commands.replaceAll(/^npm install --save-dev .*\n/gm, "").replaceAll(/^npx /gm, "");
  const { exitCode, output } = await capture("sh", ["-e", "-c", script], folder);
  return exitCode === 0 ? undefined : `${title}: ${output}`;
}
