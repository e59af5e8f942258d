import { expect, it } from "vitest";
import { numpyRandom } from "./numpy-random.ts";

// From NumPy 2.4: RandomState(42).shuffle(arange(10)), then rand(3); RandomState(7).shuffle of 100 rows, then rand(2).
it("gives NumPy's numbers", () => {
  const random = numpyRandom(42);
  expect([...random.permutation(10)]).toEqual([8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
  expect([random.rand(), random.rand(), random.rand()]).toEqual([
    0.15599452033620265, 0.05808361216819946, 0.8661761457749352,
  ]);
  const other = numpyRandom(7);
  expect([...other.permutation(100).subarray(0, 6)]).toEqual([37, 26, 78, 91, 49, 15]);
  expect([other.rand(), other.rand()]).toEqual([0.2351204072574643, 0.9649709995361269]);
});
