import { defineBijection } from "@invertible/bijection";
import type { Bijection, BijectionDefinition } from "@invertible/bijection";
import { soundCoupling } from "./sound-coupling.ts";
import type { SoundCoupling } from "./sound-coupling.ts";

/** The sound layer with some of its definition replaced. */
export function altered(change: (sound: SoundCoupling) => Partial<BijectionDefinition>): () => Bijection {
  return () => {
    const sound = soundCoupling();
    return defineBijection({ ...sound, ...change(sound) });
  };
}
