import { internalDependencies } from "./tools/dependency-rules.mjs";

const testFile = "\\.(test|bench)\\.ts$|^(packages|apps)/[^/]+/test-support/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(internalDependencies).map(([name, allowed]) => ({
      name: `direction-${name}`,
      comment: `packages/${name} may import ${allowed.join(", ") || "no other package"}; dependencies run one way`,
      severity: /** @type {const} */ ("error"),
      from: { path: `^packages/${name}/src/`, pathNot: testFile },
      to: { path: "^packages/", pathNot: `^packages/(${[name, ...allowed].join("|")})/` },
    })),
    {
      name: "known-package",
      comment: "Every package states its place: add it to tools/dependency-rules.mjs",
      severity: "error",
      from: { path: "^packages/", pathNot: `^packages/(${Object.keys(internalDependencies).join("|")})/` },
      to: {},
    },
    {
      name: "package-never-imports-app",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^apps/" },
    },
    {
      name: "through-the-front-door",
      comment:
        "Import another package by its name, so that its exports decide what is public. Tests may share what others test with",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: {
        path: "^packages/",
        pathNot: ["^$1/$2/", "^packages/[^/]+/test-support/"],
        dependencyTypes: ["local"],
      },
    },
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "test-tools-only-in-tests",
      comment: "A devDependency is not there for whoever installs the package",
      severity: "error",
      // The conformance kit is itself made for tests: vitest is its peer.
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: [testFile, "^packages/testing/src/"] },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "type-only"] },
    },
    {
      name: "sources-never-import-tests",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: testFile },
      to: { path: testFile },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules|/dist/" },
    exclude: { path: "/dist/|^apps/[^/]+/results/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@invertible/source", "import", "node", "types", "default"],
      extensions: [".ts", ".js", ".mjs", ".json"],
      mainFields: ["module", "main", "types"],
    },
  },
};
