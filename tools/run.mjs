// The entry of `npm test`, `npm run bench` and `npm run perf`: sets the repository up on a machine that has only
// Node and npm, then runs the task. No static imports here: an old Node must get as far as the message below.
const [expectedMajor, expectedMinor] = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < expectedMajor || (major === expectedMajor && minor < expectedMinor)) {
  console.error(
    `node: expected ${expectedMajor}.${expectedMinor} or newer, received ${process.versions.node}`,
  );
  process.exit(1);
} else {
  import("./run/main.mjs")
    .then(({ main }) => main(process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
}
