import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { capture } from "../run/processes.mjs";
import { entriesOf } from "./entries.mjs";
import { pinned } from "./pins.mjs";

/** @typedef {import("./pack.mjs").Published} Published */

/**
 * Installs a package alone: it, the tarballs of its internal dependencies in place of the registry's, and its required
 * peers; nothing is hoisted, so an undeclared dependency is not found. An entry may need an optional peer: then it must
 * say so by failing on that peer's name, and is tried again with the optional peers installed.
 *
 * @param {Published} published
 * @param {ReadonlyMap<string, string>} tarballs by package name
 * @param {string} folder an empty place outside the workspace
 * @returns {Promise<string[]>} what is wrong
 */
export async function checkInstalled(published, tarballs, folder) {
  const { name, manifest } = published;
  const { required, optional } = peersOf(manifest);
  const entries = entriesOf(manifest);
  const place = join(folder, "users", name.replace("@", "").replace("/", "-"));

  const alone = `${place}-alone`;
  const installError = await install(alone, name, tarballs, required);
  if (installError) return [installError];
  const failures = await importAll(alone, entries);
  const needOptional = failures.filter(({ message }) =>
    optional.some((peer) => message.includes(`'${peer}'`)),
  );
  const complaints = failures
    .filter((failure) => !needOptional.includes(failure))
    .map(({ entry, message }) => `import ${entry}: ${message}`);
  if (needOptional.length === 0 && optional.length === 0)
    return [...complaints, ...typeErrors(alone, name, entries)];

  const complete = `${place}-with-optional-peers`;
  const secondError = await install(complete, name, tarballs, [...required, ...optional]);
  if (secondError) return [...complaints, secondError];
  const still = await importAll(
    complete,
    needOptional.map(({ entry }) => entry),
  );
  return [
    ...complaints,
    ...still.map(({ entry, message }) => `import ${entry} with every optional peer: ${message}`),
    ...typeErrors(complete, name, entries),
  ];
}

/** @param {Record<string, any>} manifest */
function peersOf(manifest) {
  const peers = Object.keys(manifest.peerDependencies ?? {});
  const isOptional = (/** @type {string} */ peer) => manifest.peerDependenciesMeta?.[peer]?.optional === true;
  return { required: peers.filter((peer) => !isOptional(peer)), optional: peers.filter(isOptional) };
}

/**
 * @param {string} place
 * @param {string} name
 * @param {ReadonlyMap<string, string>} tarballs
 * @param {readonly string[]} peers
 * @returns {Promise<string | undefined>} what went wrong
 */
async function install(place, name, tarballs, peers) {
  mkdirSync(place, { recursive: true });
  const fromTarball = [...tarballs].map(([each, tarball]) => [each, `file:${tarball}`]);
  const user = {
    name: "user",
    private: true,
    type: "module",
    dependencies: { ...pinned(peers), [name]: `file:${tarballs.get(name)}` },
    pnpm: { overrides: Object.fromEntries(fromTarball.filter(([each]) => each !== name)) },
  };
  writeFileSync(join(place, "package.json"), JSON.stringify(user, null, 2));
  // Strict: no peer comes by itself, and nothing is reachable that was not declared.
  const settings = [
    "auto-install-peers=false",
    // TensorFlow.js 4.22 requires `long` in packages that do not declare it.
    "hoist-pattern[]=long",
    "ignore-scripts=true",
    "prefer-offline=true",
  ];
  writeFileSync(join(place, ".npmrc"), `${settings.join("\n")}\n`);
  const { exitCode, output } = await capture(
    "pnpm",
    ["install", "--ignore-workspace", "--no-lockfile"],
    place,
  );
  return exitCode === 0 ? undefined : `install: ${output}`;
}

/**
 * Imports each entry in a process of its own, so that one entry cannot load what another forgot.
 *
 * @param {string} place
 * @param {readonly string[]} entries
 * @returns {Promise<{ entry: string, message: string }[]>} the failures
 */
async function importAll(place, entries) {
  const failures = [];
  for (const entry of entries) {
    const program = `const names = Object.keys(await import(${JSON.stringify(entry)}));
      if (names.length === 0) throw new Error("expected exports, received none");`;
    const { exitCode, output } = await capture(
      process.execPath,
      ["--input-type=module", "--eval", program],
      place,
    );
    if (exitCode !== 0) failures.push({ entry, message: errorLine(output) });
  }
  return failures;
}

/** @param {string} output of a failed Node */
const errorLine = (output) =>
  output.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? output.slice(-500);

/**
 * Type-checks a program that imports every entry, and the package's own declarations with it: a type that they import
 * from somewhere undeclared is an error, not a silent `any`.
 *
 * @param {string} place
 * @param {string} name
 * @param {readonly string[]} entries
 */
function typeErrors(place, name, entries) {
  const user = join(place, "user.ts");
  writeFileSync(
    user,
    `${entries.map((entry, i) => `import * as entry${i} from ${JSON.stringify(entry)};`).join("\n")}\n` +
      `export const entries = [${entries.map((_, i) => `entry${i}`).join(", ")}];\n`,
  );
  const program = ts.createProgram([user], {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    types: [],
  });
  return program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === user || fileName.includes(`/node_modules/${name}/`))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, start = 0, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      const path = file?.fileName.split(`/node_modules/${name}/`).at(-1) ?? "";
      return `types: ${path}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
}
