import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { exp } from "../functions/elementary.ts";
import { gradients, withoutGradient } from "../derivatives/gradients.ts";
import { peakBytes } from "./peak-bytes.ts";
import type { Tensor } from "./types.ts";

const kilobyte = () => tf.fill([250], 1);

describe.each(["cpu", "wasm"] as const)("peakBytes on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("is the largest sum of buffers that live together", async () => {
    const { result, peakBytes: peak } = await peakBytes(() => {
      const [a, b] = [kilobyte(), kilobyte()];
      tf.dispose(a);
      const c = kilobyte();
      tf.dispose([b, c]);
      return kilobyte();
    });
    expect(peak).toBe(2000);
    expect(result.shape).toEqual([250]);
    result.dispose();
  });

  it("counts a buffer once, whatever its copies and shapes, until the last is gone", async () => {
    const x = kilobyte();
    const { peakBytes: peak } = await peakBytes(() => {
      const y = kilobyte();
      const [copy, shaped, outer] = [tf.clone(y), tf.reshape(y, [25, 10]), tf.clone(x)];
      y.dispose();
      const z = kilobyte();
      tf.dispose([copy, shaped, outer, z]);
    });
    expect(peak).toBe(2000);
    x.dispose();
  });

  it("does not count what was there before, and its end makes room", async () => {
    const before = kilobyte();
    const { peakBytes: peak } = await peakBytes(() => {
      before.dispose();
      tf.dispose([kilobyte(), kilobyte()]);
    });
    expect(peak).toBe(1000);
  });

  it("sees what a gradient keeps", async () => {
    const x = kilobyte();
    const chain = (links: number) => (t?: Tensor) =>
      Array.from({ length: links }).reduce<Tensor>((y) => exp(tf.mul(y, 0.1)), t!);
    const peakOf = async (run: () => Tensor | Tensor[]) => {
      const { result, peakBytes: peak } = await peakBytes(() => tf.tidy(run));
      tf.dispose(result);
      return peak;
    };
    const [short, long] = [
      await peakOf(() => gradients(chain(5), [x])),
      await peakOf(() => gradients(chain(20), [x])),
    ];
    // Each link keeps the input of exp. Every product keeps its result until the scope ends.
    expect(long).toBeGreaterThan(3 * short);
    expect(await peakOf(() => withoutGradient(() => tf.clone(x)))).toBe(0);
    x.dispose();
  });

  it("waits for asynchronous work, may be nested, and hands the engine back as it was, also after an error", async () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    const methods = () => [engine["trackTensor"], engine["removeDataId"]];
    const before = methods();
    const { result, peakBytes: outer } = await peakBytes(async () => {
      const a = kilobyte();
      await Promise.resolve();
      const inner = await peakBytes(() => kilobyte());
      tf.dispose([a, inner.result]);
      return inner.peakBytes;
    });
    expect([result, outer]).toEqual([1000, 2000]);
    await expect(peakBytes(() => Promise.reject(new Error("late")))).rejects.toThrow("late");
    await expect(
      peakBytes(() => {
        throw new Error("early");
      }),
    ).rejects.toThrow("early");
    expect(methods()).toEqual(before);
    expect(Object.hasOwn(engine, "trackTensor")).toBe(false);
  });
});
