import { dispose, sizeOf, tensor } from "@invertible/ops";
import { html } from "../../report/html.ts";
import { centred, firstImages } from "../data/load-images.ts";
import type { Images } from "../data/load-images.ts";
import { average, distances } from "../inversion/invert-block.ts";
import { invertNetwork } from "../inversion/invert-network.ts";
import { withClassifier } from "../networks/with-classifier.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { pictureCard, storePictures } from "./picture-grid.ts";
import type { StoredPictures } from "./picture-grid.ts";

/** Everything that the figure shows. */
export interface ReconstructionsNumbers {
  readonly data: string;
  readonly steps: number;
  /** Evaluations of g in every block. */
  readonly iterations: number;
  readonly images: number;
  readonly originals: StoredPictures;
  readonly networks: readonly {
    /** The limit on the norm of each convolution; null without one. */
    readonly coefficient: number | null;
    /** Fraction of held-out images that get another class than theirs. */
    readonly errorRate: number;
    /** Root mean square over pixels, in units of their range, averaged over the images; null where it is no finite number. */
    readonly error: number | null;
    readonly pictures: StoredPictures;
  }[];
}

/** How much is trained and drawn. */
export interface ReconstructionsSize {
  readonly blocksPerScale: readonly number[];
  readonly hiddenChannels: number;
  readonly images: number;
  readonly iterations: number;
}

const usual: ReconstructionsSize = {
  blocksPerScale: [2, 2],
  hiddenChannels: 16,
  images: 12,
  iterations: 100,
};
const defaultSteps = 300;

export async function reconstructionsNumbers(
  context: StudyContext,
  size: ReconstructionsSize = usual,
): Promise<ReconstructionsNumbers> {
  const { images, steps = defaultSteps, random } = context;
  const shown = firstImages(centred(images.test, random.fold("test noise")), size.images);
  const networks: ReconstructionsNumbers["networks"][number][] = [];
  for (const coefficient of [0.9, "none"] as const)
    networks.push(
      await withClassifier(context, { ...size, coefficient, steps }, async (network, { errorRate }) => {
        const x = tensor(shown.values, [shown.count, ...shown.shape]);
        const latents = network.bijection.forward(x);
        const back = await invertNetwork(network.steps, latents, "banach", size.iterations);
        dispose([x, latents]);
        const error = average(distances(back, shown.values, shown.count)) / Math.sqrt(sizeOf(shown.shape));
        return {
          coefficient: coefficient === "none" ? null : coefficient,
          errorRate,
          error: Number.isFinite(error) ? error : null,
          pictures: pixelsOf(shown, back),
        };
      }),
    );
  return {
    ...{ data: images.title, steps, iterations: size.iterations, images: shown.count },
    originals: pixelsOf(shown, shown.values),
    networks,
  };
}

/** Of centred images. NaN is drawn as black. */
function pixelsOf({ shape }: Images, values: ArrayLike<number>): StoredPictures {
  return storePictures(
    shape,
    Array.from(values, (value) => 256 * (value + 0.5) - 0.5),
  );
}

export const reconstructions = defineStudy<ReconstructionsNumbers>({
  measure: (context) => reconstructionsNumbers(context),
  draw: ({ data, steps, iterations, images, originals, networks }) =>
    html`<p>
        Two residual networks of the same layout were trained as classifiers of ${data}, for ${steps} steps.
        In one of them, the norm of every convolution is at most 0.9. In the other one, norms are free, as in
        an ordinary ResNet. Then held-out images were computed from the last features of each network, block
        by block, by ${iterations} steps of the fixed-point iteration x = y - g(x).
      </p>
      <div class="cards">
        ${pictureCard("Images", originals, images, "Held-out images, with the noise between the levels of grey.")}
        ${networks.map(({ coefficient, errorRate, error, pictures }) =>
          pictureCard(
            coefficient === null ? "Ordinary residual network" : `i-ResNet, c = ${coefficient}`,
            pictures,
            images,
            `${(100 * errorRate).toFixed(1)} % of the held-out images get a wrong class. ` +
              (error === null
                ? "The iteration diverges: pixels are infinite or not numbers."
                : `The mean error of a pixel is ${error.toExponential(1)} of the range of pixels.`),
          ),
        )}
      </div>`,
});
