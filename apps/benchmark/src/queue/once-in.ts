/** Says a line again only after a while. */
export function onceIn(milliseconds: number, say: (line: string) => void): (line: string) => void {
  const saidAt = new Map<string, number>();
  return (line) => {
    const now = performance.now();
    if (now - (saidAt.get(line) ?? -Infinity) < milliseconds) return;
    saidAt.set(line, now);
    say(line);
  };
}
