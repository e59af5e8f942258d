import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../run/repository.mjs";

/** The guide whose pages are built. */
export const guide = "docs/web-pages.md";

/**
 * @typedef {object} GuidePage
 * @property {string} title the heading of its section
 * @property {ReadonlyMap<string, string>} files what a reader writes, by name
 * @property {string} commands what a reader runs to build it, for a shell
 */

/**
 * The pages that the guide describes: each section with an index.html, and the files of sections without one, which all pages
 * share. A block of code begins with the name of its file, in a comment.
 *
 * @param {string} [text]
 * @returns {GuidePage[]}
 */
export function guidePages(text = readFileSync(join(root, guide), "utf8")) {
  const sections = text.split(/^## /m).map((section) => ({
    title: section.slice(0, section.indexOf("\n")),
    files: new Map(
      [...section.matchAll(/^```(?:js|html)\n(?:\/\/|<!--) (\S+?)(?: -->)?\n(.*?)^```$/gms)].map(
        ([, name = "", code = ""]) => [name, code],
      ),
    ),
    commands: [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join(""),
  }));
  const shared = sections.filter(({ files }) => !files.has("index.html")).flatMap(({ files }) => [...files]);
  return sections
    .filter(({ files }) => files.has("index.html"))
    .map(({ title, files, commands }) => ({ title, files: new Map([...shared, ...files]), commands }));
}
