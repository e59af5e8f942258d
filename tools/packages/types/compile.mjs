// Type-checks one program with one version of TypeScript and prints what is wrong as a JSON array. The argument is JSON:
// { compiler, resolution, user, docstrings }. A process of its own, because there is no need to hold three compilers at once.
const { compiler, resolution, user, docstrings } = JSON.parse(process.argv[2] ?? "{}");
/** @type {typeof import("typescript")} */
const ts = (await import(compiler)).default;

const bundler = resolution === "bundler";
// What a new project has. Without `skipLibCheck`, so that our own declarations are checked too.
const program = ts.createProgram([user], {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  module: bundler ? ts.ModuleKind.ESNext : ts.ModuleKind.NodeNext,
  moduleResolution: bundler ? ts.ModuleResolutionKind.Bundler : ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: [],
});
const ours = program
  .getSourceFiles()
  .filter(({ fileName }) => fileName === user || fileName.includes("/node_modules/@invertible/"));
// TensorFlow.js's own declarations have errors, which is why its users need `skipLibCheck`: they are not looked at.
const errors = [
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...ours.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]),
].map(({ file, start = 0, messageText }) => {
  const path = file?.fileName.split("/node_modules/").at(-1) ?? "";
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `${path}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
});
console.log(JSON.stringify([...errors, ...(docstrings ? undocumented() : [])]));

/** The exported names of all entries that a reader finds no explanation of. */
function undocumented() {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(user);
  const imports = source?.statements.filter(ts.isImportDeclaration) ?? [];
  return imports.flatMap(({ moduleSpecifier }) => {
    const entry = checker.getSymbolAtLocation(moduleSpecifier);
    if (!entry) return [`${moduleSpecifier.getText()}: expected a module`];
    return checker.getExportsOfModule(entry).flatMap((symbol) => {
      const own = symbol.getDocumentationComment(checker);
      const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const text = [...own, ...declared.getDocumentationComment(checker)].map((part) => part.text).join("");
      return text.trim() === ""
        ? [`${moduleSpecifier.getText()} exports ${symbol.name}: expected a docstring, found none`]
        : [];
    });
  });
}
