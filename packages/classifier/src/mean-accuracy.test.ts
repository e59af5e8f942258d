import { describe, expect, it } from "vitest";
import { meanAccuracy } from "./index.ts";

describe("meanAccuracy", () => {
  it("gives the intervals that Newcombe (1998) prints for the score method", () => {
    // Statistics in Medicine 17, 857-872, table I.
    const printed: [correct: number, count: number, low: number, high: number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ];
    for (const [correct, count, low, high] of printed) {
      const { interval } = meanAccuracy(correct, count);
      expect(Math.abs(interval[0] - low)).toBeLessThanOrEqual(0.00005);
      expect(Math.abs(interval[1] - high)).toBeLessThanOrEqual(0.00005);
    }
  });

  it("ends where the accuracy is 1.96 standard errors of the end away", () => {
    for (const [correct, count] of [
      [9322, 10_000],
      [1, 2],
      [3, 7],
    ] as const) {
      const { accuracy, errorRate, interval } = meanAccuracy(correct, count);
      expect(accuracy).toBe(correct / count);
      expect(errorRate).toBeCloseTo(1 - accuracy, 15);
      for (const p of interval)
        expect(Math.abs(accuracy - p) / Math.sqrt((p * (1 - p)) / count)).toBeCloseTo(1.959964, 6);
      expect(interval[0]).toBeLessThan(interval[1]);
    }
  });

  it("stays within 0 and 1, and mirrors right and wrong answers", () => {
    for (const count of [1, 2, 10, 10_000, 1e9]) {
      const [none, all] = [meanAccuracy(0, count).interval, meanAccuracy(count, count).interval];
      expect(none[0]).toBe(0);
      expect(all[1]).toBe(1);
      expect(none[1]).toBeCloseTo(1 - all[0], 12);
      expect(none[1]).toBeGreaterThan(0);
      expect(none[1]).toBeLessThan(1);
    }
  });

  it("refuses what are no counts", () => {
    expect(() => meanAccuracy(0, 0)).toThrow("meanAccuracy count: expected a positive integer, received 0");
    expect(() => meanAccuracy(5, 4)).toThrow(
      "meanAccuracy correct: expected an integer from 0 to 4, received 5",
    );
    expect(() => meanAccuracy(0.5, 4)).toThrow("received 0.5");
  });
});
