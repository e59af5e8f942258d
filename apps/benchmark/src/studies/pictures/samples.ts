import { dispose } from "@invertible/ops";
import type { ModelSize } from "../../catalogue/model-entry.ts";
import { html } from "../../report/html.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { pictureCard, storePictures } from "./picture-grid.ts";
import type { StoredPictures } from "./picture-grid.ts";
import { askModels, solving } from "./trained-models.ts";
import type { ModelFacts } from "./trained-models.ts";
import { takeTurn } from "../take-turn.ts";

/** Everything that the figure shows. */
export interface SamplesNumbers {
  readonly data: string;
  readonly temperatures: readonly number[];
  /** Samples at each temperature. */
  readonly count: number;
  /** The pictures go through the temperatures, with `count` of each. */
  readonly models: readonly (ModelFacts & { readonly pictures: StoredPictures })[];
}

export async function samplesNumbers(
  context: StudyContext,
  temperatures: readonly number[] = [0.6, 0.7, 0.8, 0.9, 1],
  count = 10,
  size?: ModelSize,
): Promise<SamplesNumbers> {
  const { images, random, signal } = context;
  const { shape } = images.train;
  const models = await askModels(context, size, async (flow) => {
    const pixels: number[] = [];
    for (const temperature of temperatures) {
      await takeTurn(signal);
      // The same key: each column shows one latent at all temperatures.
      const { x } = await flow.sample(count, { random: random.fold("samples"), temperature, ...solving });
      pixels.push(...(await x.data()));
      dispose(x);
    }
    return { pictures: storePictures(shape, pixels) };
  });
  return { data: images.title, temperatures, count, models };
}

export const samples = defineStudy<SamplesNumbers>({
  measure: (context) => samplesNumbers(context),
  draw: ({ data, temperatures, count, models }) =>
    html`<p>
        A sample is drawn from the normal distribution of the latents and goes backwards through the network.
        A temperature below 1 multiplies the standard deviations of the latents, which gives more usual and
        less varied images. Both models learned the density of ${data}, in the size and for about the time of
        the preset "quick".
      </p>
      <div class="cards">
        ${models.map(({ title, pictures, parameters, steps, bitsPerDim }) =>
          pictureCard(
            title,
            pictures,
            count,
            `The rows have the temperatures ${temperatures.join(", ")}, from top to bottom. Each column shows one draw. ` +
              `${parameters} parameters, ${steps} training steps, ${bitsPerDim.toFixed(2)} bits/dim.`,
          ),
        )}
      </div>`,
});
