import { defineBijection } from "@invertible/bijection";
import type { Bijection, BijectionDefinition } from "@invertible/bijection";
import { createRandom } from "@invertible/ops";
import { soundCoupling } from "./sound-coupling.ts";
import type { SoundCoupling } from "./sound-coupling.ts";

/** The sound layer with some of its definition replaced. */
export function altered(change: (sound: SoundCoupling) => Partial<BijectionDefinition>): () => Bijection {
  return () => {
    const sound = soundCoupling();
    return defineBijection({ ...sound, ...change(sound) });
  };
}

let drawn = 0;

/** A number in [0, 1) from a stream that nobody can see: no two calls give the same. */
export function hiddenDraw(): number {
  return createRandom(11).fold(drawn++).uniformArray(1)[0]!;
}
