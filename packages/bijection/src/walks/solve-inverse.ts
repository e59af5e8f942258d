import { UnsupportedError, fail } from "@invertible/errors";
import { checkBatch, dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";
import { childCall, placeOf } from "../call.ts";
import type { InverseEvidence, SolveCall, Solved } from "../solver.ts";
import { layersOf } from "./layers-of.ts";

/**
 * Inverts a bijection to a tolerance, and says how far the result may be from the true inverse. Iterative layers stop when
 * their error bound meets the tolerance; analytic layers use their formula. Composites are inverted part by part.
 *
 * @throws ShapeError for a wrong batch.
 * @throws UnsupportedError where the bijection has no inverse.
 * @throws ArgumentError for a method that no layer of the bijection knows.
 * @throws NotConvergedError where a layer reaches the iteration cap, unless `onCap` is "return"; and whatever else the layers
 * throw.
 */
export async function solveInverse(bijection: Bijection, y: Tensor, call: SolveCall = {}): Promise<Solved> {
  const { method } = call;
  const where = `${placeOf(bijection.name, call.trace?.path)}.solveInverse`;
  checkBatch(`${where} y`, y, bijection.outputShape);
  if (bijection.traits.inverse === "none")
    throw new UnsupportedError(
      `${where}: expected a layer with an inverse, received one whose trait says it has none`,
    );
  if (method !== undefined) {
    const known = new Set(layersOf(bijection).flatMap(({ layer }) => layer.solver?.methods ?? []));
    if (known.size > 0 && !known.has(method))
      fail(`${where} method`, `one of ${[...known].join(", ")}`, method);
  }
  return solve(bijection, y, call);
}

async function solve(bijection: Bijection, y: Tensor, call: SolveCall): Promise<Solved> {
  const { solver, parts } = bijection;
  if (solver) return observed(bijection, await solver.solve(y, known(call, solver.methods)), call);
  if (parts.length === 0) return { x: bijection.inverse(y, call), evidence: [] };
  const evidence: InverseEvidence[] = [];
  let value = y;
  const replace = (next: Tensor) => {
    if (value !== y) dispose(value);
    value = next;
  };
  try {
    for (const { key, bijection: part, direction, embedding } of [...parts].reverse()) {
      const own = childCall(call, key);
      const input = embedding ? tidy(() => embedding.takeResult(value)) : value;
      try {
        const result =
          direction === "inverse"
            ? { x: part.forward(input, own), evidence: [] }
            : await solve(part, input, own);
        evidence.push(...result.evidence);
        if (!embedding) replace(result.x);
        else {
          const whole = value;
          try {
            replace(tidy(() => embedding.putBack(whole, result.x)));
          } finally {
            dispose(result.x);
          }
        }
      } finally {
        if (embedding) dispose(input);
      }
    }
  } catch (error) {
    if (value !== y) dispose(value);
    throw error;
  }
  return observed(bijection, { x: value, evidence }, call);
}

/** Leaves out a method that the layer does not know, since it is meant for another layer. */
function known(call: SolveCall, methods: readonly string[]): SolveCall {
  if (call.method === undefined || methods.includes(call.method)) return call;
  const { method: _, ...rest } = call;
  return rest;
}

/** Reports the result to the observer. If the observer throws, the result is freed here, because no one else could. */
function observed({ name }: Bijection, solved: Solved, { trace }: SolveCall): Solved {
  const { x } = solved;
  try {
    trace?.observe?.({ path: trace.path, layer: name, direction: "inverse", tensor: "x", value: x });
    return solved;
  } catch (error) {
    dispose(x);
    throw error;
  }
}
