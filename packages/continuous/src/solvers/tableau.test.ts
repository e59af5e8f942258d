import { describe, expect, it } from "vitest";
import { tableaus } from "./tableau.ts";
import type { Tableau } from "./tableau.ts";

type Weights = readonly number[];
const dot = (x: Weights, y: Weights) => x.reduce((total, n, i) => total + n * (y[i] ?? 0), 0);
const times = (x: Weights, y: Weights) => x.map((n, i) => n * y[i]!);
const power = (x: Weights, n: number) => x.map((each) => each ** n);

/** The order conditions up to order 5, one for each rooted tree: what b applied to a vector must give. */
function conditions({ a, c }: Pick<Tableau, "a" | "c">): [order: number, vector: Weights, value: number][] {
  const A = (x: Weights) => a.map((row) => dot(row, x));
  const c2 = power(c, 2);
  return [
    [1, c.map(() => 1), 1],
    [2, c, 1 / 2],
    [3, c2, 1 / 3],
    [3, A(c), 1 / 6],
    [4, power(c, 3), 1 / 4],
    [4, times(c, A(c)), 1 / 8],
    [4, A(c2), 1 / 12],
    [4, A(A(c)), 1 / 24],
    [5, power(c, 4), 1 / 5],
    [5, times(c2, A(c)), 1 / 10],
    [5, power(A(c), 2), 1 / 20],
    [5, times(c, A(c2)), 1 / 15],
    [5, A(power(c, 3)), 1 / 20],
    [5, times(c, A(A(c))), 1 / 30],
    [5, A(times(c, A(c))), 1 / 40],
    [5, A(A(c2)), 1 / 60],
    [5, A(A(A(c))), 1 / 120],
  ];
}

/** The order of the method with these weights, as far as the conditions go. */
function orderOf(tableau: Pick<Tableau, "a" | "c">, b: Weights): number {
  const broken = conditions(tableau).filter(([, vector, value]) => Math.abs(dot(b, vector) - value) > 1e-14);
  return Math.min(5, ...broken.map(([order]) => order - 1));
}

describe.each(Object.entries(tableaus))("%s", (_, tableau: Tableau) => {
  it("has the order that it states, by the conditions of all rooted trees", () => {
    expect(orderOf(tableau, tableau.b)).toBe(tableau.order);
  });

  it("evaluates each stage at the time that its row gives", () => {
    tableau.a.forEach((row, i) => expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(tableau.c[i]!, 14));
  });
});

it("dopri5 estimates its error by an embedded method of order 4, with the slope at the result as last stage", () => {
  const { a, b, c, error } = tableaus.dopri5;
  const extended = { a: [...a, b], c: [...c, 1] };
  const embedded = error.map((e, i) => (b[i as 0] ?? 0) - e);
  expect(orderOf(extended, embedded)).toBe(4);
});
