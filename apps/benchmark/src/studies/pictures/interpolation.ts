import { solveInverse } from "@invertible/bijection";
import { add, dispose, mul, sizeOf, slice, tensor, tidy } from "@invertible/ops";
import type { ModelSize } from "../../catalogue/model-entry.ts";
import { html } from "../../report/html.ts";
import type { PixelImages } from "../data/load-images.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { pictureCard, storePictures } from "./picture-grid.ts";
import type { StoredPictures } from "./picture-grid.ts";
import { askModels, solving } from "./trained-models.ts";
import type { ModelFacts } from "./trained-models.ts";
import { takeTurn } from "../take-turn.ts";

/** Everything that the figure shows. */
export interface InterpolationNumbers {
  readonly data: string;
  readonly pairs: number;
  /** Pictures of each pair, with both ends. */
  readonly points: number;
  readonly models: readonly (ModelFacts & {
    /** Pair by pair, from one held-out image to the other. */
    readonly pictures: StoredPictures;
    /** Fraction of the pixels of the ends that came back as another integer than that of the image. */
    readonly wrongPixels: number;
  })[];
}

export async function interpolationNumbers(
  context: StudyContext,
  pairs = 6,
  points = 9,
  size?: ModelSize,
): Promise<InterpolationNumbers> {
  const { images, random, signal } = context;
  const { shape } = images.test;
  const pixels = sizeOf(shape);
  const ends = pairsOf(images.test, pairs);
  const models = await askModels(context, size, async (flow) => {
    await takeTurn(signal);
    const latents = tidy(() => {
      const x = tensor(Float32Array.from(ends), [2 * pairs, ...shape]);
      const z = flow.bijection.forward(x, { random: random.fold("noise") });
      const rest = z.shape.slice(1);
      const [from, to] = [
        slice(z, [0, ...rest.map(() => 0)], [pairs, ...rest]),
        slice(z, [pairs, ...rest.map(() => 0)], [pairs, ...rest]),
      ];
      return Array.from({ length: points }, (_, i) => {
        const t = i / (points - 1);
        return add(mul(from, 1 - t), mul(to, t));
      });
    });
    const values = new Float32Array(pairs * points * pixels);
    for (const [i, z] of latents.entries()) {
      const { x } = await solveInverse(flow.bijection, z, solving);
      const found = await x.data();
      dispose(x);
      for (let pair = 0; pair < pairs; pair++)
        values.set(found.subarray(pair * pixels, (pair + 1) * pixels), (pair * points + i) * pixels);
    }
    dispose(latents);
    return {
      pictures: storePictures(shape, values),
      wrongPixels: wrongEnds(values, ends, pairs, points, pixels),
    };
  });
  return { data: images.title, pairs, points, models };
}

/** First images of `pairs` pairs, then the second ones: images of different classes, in the order of the data. */
function pairsOf({ values, labels, count, shape }: PixelImages, pairs: number): Uint8Array {
  const size = sizeOf(shape);
  const ends = new Uint8Array(2 * pairs * size);
  const put = (place: number, image: number) =>
    ends.set(values.subarray(image * size, (image + 1) * size), place * size);
  let next = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const first = next % count;
    next++;
    // Within one round through the images, so that a set of a single class does not search for ever.
    for (let tried = 0; tried < count && labels[next % count] === labels[first]; tried++) next++;
    put(pair, first);
    put(pairs + pair, next % count);
    next++;
  }
  return ends;
}

function wrongEnds(
  values: Float32Array,
  ends: Uint8Array,
  pairs: number,
  points: number,
  pixels: number,
): number {
  let wrong = 0;
  for (let pair = 0; pair < pairs; pair++)
    for (let i = 0; i < pixels; i++) {
      const row = pair * points;
      if (values[row * pixels + i] !== ends[pair * pixels + i]) wrong++;
      if (values[(row + points - 1) * pixels + i] !== ends[(pairs + pair) * pixels + i]) wrong++;
    }
  return wrong / (2 * pairs * pixels);
}

export const interpolation = defineStudy<InterpolationNumbers>({
  measure: (context) => interpolationNumbers(context),
  draw: ({ data, points, models }) =>
    html`<p>
        Two held-out images of ${data} go forward through a trained network. Points on the straight line
        between their latents go backwards, and become images between the two. The ends of each row are the
        images themselves, because the networks are invertible.
      </p>
      <div class="cards">
        ${models.map(({ title, pictures, parameters, steps, bitsPerDim, wrongPixels }) =>
          pictureCard(
            title,
            pictures,
            points,
            `Each row goes from one image, on the left, to another. ${parameters} parameters, ${steps} training steps, ` +
              `${bitsPerDim.toFixed(2)} bits/dim. At the ends, ${(100 * wrongPixels).toFixed(2)} % of the pixels came back as ` +
              `another integer.`,
          ),
        )}
      </div>`,
});
