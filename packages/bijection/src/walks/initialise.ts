import { checkBatch, dispose, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";
import type { Call } from "../call.ts";
import { childCall, placeOf } from "../call.ts";

/**
 * Sets up every layer that has a data-dependent start from one batch x [B, ...inputShape]. Each layer sees the batch as the
 * layers before it have transformed it. A part that runs backwards is left out, because no layer can start from a batch at its
 * output.
 *
 * @throws ShapeError for a batch of another shape, and whatever the layers throw.
 */
export async function initialise(bijection: Bijection, x: Tensor, call: Call = {}): Promise<void> {
  checkBatch(`${placeOf(bijection.name, call.trace?.path)}.initialise x`, x, bijection.inputShape);
  if (!hasStarter(bijection)) return;
  if (bijection.starter) return bijection.starter.start(x, call);
  const { parts } = bijection;
  const last = parts.findLastIndex(
    ({ bijection: part, direction }) => direction !== "inverse" && hasStarter(part),
  );
  let value = x;
  try {
    for (const [i, { key, bijection: part, direction, embedding }] of parts.slice(0, last + 1).entries()) {
      const own = childCall(call, key);
      const input = embedding ? tidy(() => embedding.take(value)) : value;
      try {
        if (direction !== "inverse") await initialise(part, input, own);
        if (i === last) return;
        const whole = value;
        value = tidy(() => {
          const result = direction === "inverse" ? part.inverse(input, own) : part.forward(input, own);
          return embedding ? embedding.put(whole, result) : result;
        });
        if (whole !== x) dispose(whole);
      } finally {
        if (embedding) dispose(input);
      }
    }
  } finally {
    if (value !== x) dispose(value);
  }
}

function hasStarter({ starter, parts }: Bijection): boolean {
  return (
    starter !== undefined ||
    parts.some(({ bijection, direction }) => direction !== "inverse" && hasStarter(bijection))
  );
}
