import { mostLoad } from "./tables.ts";
import type { PerformanceRecord } from "./schema.ts";

/** When and where a record was measured, as sentences. */
export function introduction({
  startedAt,
  machine,
  loadAtStart,
  versions,
  absent,
}: PerformanceRecord): string[] {
  const { processor, cores, memoryGiB, system } = machine;
  return [
    `Measured on ${startedAt.slice(0, 10)} with ${cores} x ${processor}, ${memoryGiB} GiB of memory, ${system}, ` +
      `Node ${versions["node"]} and TensorFlow.js ${versions["@tensorflow/tfjs"]}.`,
    loadAtStart > mostLoad
      ? `The load average was ${loadAtStart.toFixed(2)} at the start, so other programs ran beside the measurement, and all times are ` +
        `longer and less steady than on a quiet machine.`
      : `The load average was ${loadAtStart.toFixed(2)} at the start.`,
    ...absent.map((text) => `${text}.`),
  ];
}
