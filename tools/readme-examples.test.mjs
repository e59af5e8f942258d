import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "node:util";
import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import { examplesOf, importable, tutorials } from "./markdown.mjs";
import { root, workspaceFolders } from "./run/repository.mjs";

/** @typedef {{ line: number, expected: string | undefined }} Print a call of console.log, and its trailing comment */

const sources = importable();

/**
 * What an example would print, by line, and its code made to run anywhere: the packages are imported from their
 * sources, and every console.log has its line number as another first argument.
 *
 * @param {string} code
 */
function prepare(code) {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  /** @type {{ at: number, until: number, text: string }[]} */
  const edits = [];
  /** @type {Print[]} */
  const prints = [];

  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const { moduleSpecifier: specifier } = node;
      const source = sources[specifier.text];
      if (source)
        edits.push({ at: specifier.getStart(), until: specifier.end, text: JSON.stringify(source) });
    }
    if (ts.isCallExpression(node) && node.expression.getText() === "console.log") {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const at = node.arguments.pos;
      edits.push({ at, until: at, text: `${line}, ` });
      const comment = ts.getTrailingCommentRanges(code, node.parent.end)?.[0];
      prints.push({ line, expected: comment && code.slice(comment.pos + 2, comment.end).trim() });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);

  let runnable = code;
  for (const { at, until, text } of edits.sort((a, b) => b.at - a.at)) {
    runnable = `${runnable.slice(0, at)}${text}${runnable.slice(until)}`;
  }
  const isProgram =
    file.statements.some(ts.isImportDeclaration) &&
    file.statements.some(
      (statement) =>
        !ts.isImportDeclaration(statement) &&
        !ts.isExportDeclaration(statement) &&
        !ts.isFunctionDeclaration(statement) &&
        !ts.isTypeAliasDeclaration(statement) &&
        !ts.isInterfaceDeclaration(statement),
    );
  return { runnable, prints, isProgram };
}

/**
 * Whether a README's comment says what was printed. `1.23...` stands for any number that begins like this.
 *
 * @param {string} expected
 * @param {string} printed
 */
function says(expected, printed) {
  const pattern = expected.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/(\\\.\d+)\\\.\\\.\\\./g, "$1\\d*");
  return new RegExp(`^${pattern}$`).test(printed);
}

/**
 * The folder whose dependencies an example finds. A guide may use all packages and TensorFlow.js, as the benchmark does.
 *
 * @param {string} document
 */
const homeOf = (document) => (document.startsWith("docs/") ? "apps/benchmark" : dirname(document));

/**
 * Runs an example in a folder beside its document, where it finds what the document's package depends on, and the document's examples
 * that have a name.
 *
 * @param {string} document
 * @param {string} code
 * @returns {Promise<Map<number, string[]>>} what each line printed, each time it did
 */
async function run(document, code) {
  const cache = join(root, homeOf(document), ".cache/examples");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "run-"));
  const path = join(folder, "example.ts");
  writeFileSync(path, code);
  if (existsSync(join(root, document)))
    for (const { name, code: module, notRun } of examplesOf(document))
      if (name && !notRun) writeFileSync(join(folder, name), prepare(module).runnable);
  const printed = new Map();
  const log = vi.spyOn(console, "log").mockImplementation((line, ...args) => {
    const text = format(...args).replace(/\s*\n\s*/g, " ");
    printed.set(line, [...(printed.get(line) ?? []), text]);
  });
  const folderBefore = process.cwd();
  process.chdir(folder);
  try {
    await import(path);
  } finally {
    process.chdir(folderBefore);
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
  return printed;
}

/**
 * @param {string} document
 * @param {string} code
 * @returns {Promise<string[]>} where the comments and what was printed differ
 */
async function differences(document, code) {
  const { runnable, prints } = prepare(code);
  const printed = await run(document, runnable);
  return prints.flatMap(({ line, expected }) => {
    if (expected === undefined) return [];
    const texts = printed.get(line) ?? ["nothing"];
    return texts
      .filter((text) => !says(expected, text))
      .map((text) => `${document}:${line}: prints ${text}, not ${expected}`);
  });
}

describe("examples of READMEs and tutorials", () => {
  const readmes = workspaceFolders()
    .filter((folder) => !folder.startsWith("apps/"))
    .map((folder) => join(folder, "README.md"))
    .filter((document) => existsSync(join(root, document)));
  const guides = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const documents = [...readmes, ...guides, ...tutorials()];
  const examples = documents.flatMap((document) =>
    examplesOf(document).map(({ code, notRun }, i) => {
      const { isProgram, prints } = prepare(code);
      const isChecked = isProgram && notRun === undefined && prints.some(({ expected }) => expected);
      const title = `${document}, example ${i + 1}`;
      return { document, code, notRun, isProgram, isChecked, title };
    }),
  );

  // Of the guides, which also show parts of programs, those that say what they print.
  const runnable = examples.filter(({ document, isProgram, isChecked }) =>
    guides.includes(document) ? isChecked : isProgram,
  );
  for (const { document, code, notRun, title } of runnable) {
    if (notRun !== undefined) it.skip(`${title} (not run: ${notRun})`, () => {});
    else {
      it(title, { timeout: 120_000 }, async () => {
        expect(await differences(document, code)).toEqual([]);
      });
    }
  }

  it("print what their comments say, at least once in each of them", () => {
    // Guides with tests of their own, texts without code, and the record that `npm run perf` writes.
    const others = [
      "docs/comparison-classifiers.md",
      "docs/comparison.md",
      "docs/conventions.md",
      "docs/extending.md",
      "docs/file-format.md",
      "docs/many-machines.md",
      "docs/numerics.md",
      "docs/performance.md",
      "docs/web-pages.md",
    ];
    const checked = new Set(examples.filter(({ isChecked }) => isChecked).map(({ document }) => document));
    expect(documents.filter((document) => !checked.has(document))).toEqual(others);
  });

  it("fail where a comment is wrong", async () => {
    const code = [
      'import { join } from "node:path";',
      'console.log(join("a", "b"), 1 / 3); // a/b 0.33...',
      "console.log([1, 2]); // [ 1, 3 ]",
      "if (join() === 0) console.log(1); // 1",
      "console.log(1); console.log(2);",
    ].join("\n");
    expect(await differences("README.md", code)).toEqual([
      "README.md:3: prints [ 1, 2 ], not [ 1, 3 ]",
      "README.md:4: prints nothing, not 1",
    ]);
  });

  it.each([
    ["0.5", "0.5", true],
    ["0.5", "0.51", false],
    ["0.5...", "0.51", true],
    ["-0.5..., 3", "-0.599, 3", true],
    ["0.5...", "0.5e-7", false],
    ["6.3...e-7", "6.31e-7", true],
    ["a...", "abc", false],
    ["1...", "12", false],
  ])("a comment %s beside the output %s matches: %s", (expected, printed, same) => {
    expect(says(expected, printed)).toBe(same);
  });
});
