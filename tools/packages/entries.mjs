/**
 * @param {Record<string, any>} manifest
 * @returns {string[]} what a user may import: "@invertible/ops", "@invertible/ops/backend", ...
 */
export function entriesOf(manifest) {
  return Object.keys(manifest.exports ?? {})
    .filter((key) => key !== "./package.json")
    .map((key) => manifest.name + key.slice(1));
}
