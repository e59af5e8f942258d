import * as Plot from "@observablehq/plot";

/** Of every plot of a study. */
export const studySize = { width: 560, height: 340, marginLeft: 52, marginBottom: 38, marginRight: 12 };

/** A logarithmic axis with a tick at every second power of ten or fewer, and its grid. */
export function decadeAxis([low, high]: readonly [number, number], label: string) {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  const apart = last - first > 6 ? 2 : 1;
  const ticks = Array.from(
    { length: Math.floor((last - first) / apart) + 1 },
    (_, i) => 10 ** (first + apart * i),
  );
  return {
    axis: {
      type: "log" as const,
      label,
      domain: [low, high],
      ticks,
      tickFormat: (value: number) => `1e${Math.round(Math.log10(value))}`,
    },
    grid: Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks }),
  };
}
