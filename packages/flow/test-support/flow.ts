import { chain, flatten, factorOut } from "@invertible/bijection";
import { actNorm, affine, invertibleConv1x1, permutation, squeeze } from "@invertible/layers";
import { createRandom, tensor } from "@invertible/ops";
import { createFlow, diagonalNormal } from "../src/index.ts";
import type { Flow } from "../src/index.ts";

/** A two-scale flow of [4, 4, 1] images with every kind of composite, its parameters set at random. */
export function exampleFlow(seed: number): Flow {
  const random = createRandom(seed);
  const inner = chain([
    squeeze({ inputShape: [2, 2, 2] }),
    actNorm({ inputShape: [1, 1, 8] }),
    flatten({ inputShape: [1, 1, 8] }),
  ]);
  const flow = createFlow({
    bijection: chain([
      affine({ inputShape: [4, 4, 1], scale: 2, shift: -0.5 }),
      squeeze({ inputShape: [4, 4, 1] }),
      actNorm({ inputShape: [2, 2, 4] }),
      invertibleConv1x1({ inputShape: [2, 2, 4], random: random.fold("mix") }),
      permutation({ inputShape: [2, 2, 4], order: random.fold("order") }),
      factorOut({ inputShape: [2, 2, 4], leaving: "first", inner }),
    ]),
    base: diagonalNormal({ shape: [16] }),
  });
  for (const [name, variable] of Object.entries(flow.parameters)) {
    const noise = random.fold(name).normalArray(variable.size);
    variable.assign(
      tensor(
        noise.map((v) => 0.3 * v),
        variable.shape,
      ),
    );
  }
  return flow;
}
