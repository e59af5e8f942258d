import { fileURLToPath } from "node:url";

/**
 * The arguments with which Node runs a program of this app, given its source below src/. `npm test` builds everything before, and then it is the built
 * program, which starts in half the time. Where the tests run by themselves, it is the source.
 */
export function programArguments(source: URL): string[] {
  if (process.env["INVERTIBLE_BUILT"] === "1") {
    const built = source.href
      .replace("/apps/benchmark/src/", "/apps/benchmark/dist/")
      .replace(/\.ts$/, ".js");
    return [fileURLToPath(built)];
  }
  return [
    "--import",
    import.meta.resolve("tsx"),
    "--conditions",
    "@invertible/source",
    fileURLToPath(source),
  ];
}
