/**
 * Lets a program go on when nobody reads its output any more, as in `npm run bench | head -1`, or when the disk its output is
 * redirected to is full. Results go to files, which report their own failures; what cannot be printed is dropped.
 */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
