import { readJson } from "../run/repository.mjs";

/**
 * The versions of other people's packages that this repository is tested with.
 *
 * @param {readonly string[]} names
 * @returns {Record<string, string>} a version for each name; "*" where the repository pins none
 */
export function pinned(names) {
  const pins = {
    ...readJson("packages/ops/package.json").devDependencies,
    ...readJson("package.json").devDependencies,
  };
  return Object.fromEntries(names.map((name) => [name, pins[name] ?? "*"]));
}
