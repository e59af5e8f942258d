import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { drawMemory } from "./draw-memory.ts";
import { memoryModes, peakOfStep } from "./measure-memory.ts";
import type { MemoryCurve, MemoryNumbers, MemorySize } from "./memory-numbers.ts";

const usual: MemorySize = {
  inputShape: [28, 28, 4],
  hidden: 16,
  batchSize: 32,
  classes: 10,
  depths: [8, 16, 32, 64],
};

export async function memoryNumbers(
  { random, signal, say }: Pick<StudyContext, "random" | "signal" | "say">,
  size: MemorySize = usual,
): Promise<MemoryNumbers> {
  const curves: MemoryCurve[] = [];
  for (const mode of memoryModes) {
    const points = [];
    for (const blocks of size.depths) {
      signal.throwIfAborted();
      say(`${mode.name}: ${blocks} blocks`);
      points.push(await peakOfStep(mode, size, blocks, random, signal));
    }
    curves.push({ name: mode.name, points });
  }
  return { size, curves };
}

export const memory = defineStudy({
  measure: (context) => memoryNumbers(context),
  draw: drawMemory,
});
