import { z } from "zod";
import { html } from "../report/html.ts";
import { encodeBytes } from "../results/binary.ts";
import { defineFigure } from "./figure.ts";

export const imageSamples = defineFigure({
  name: "image-samples",
  appliesTo: ({ task, kind }) => task === "density" && kind === "image",
  value: z.strictObject({
    /** [height, width, channels] */
    shape: z.array(z.int().positive()).length(3),
    /** uint8 pixels. */
    samples: z.base64(),
  }),
  async measure({ data, sampled }) {
    const { samples } = await sampled();
    return { shape: [...data.test.shape], samples: encodeBytes(Uint8Array.from(samples)) };
  },
  async draw(series) {
    const { sampleGrid } = await import("../report/pictures/image-pictures.ts");
    const cards = series.map(
      ({ model, value }) =>
        html`<figure>
          <h3>${model}: samples</h3>
          <img src="${sampleGrid(value)}" alt="Samples of ${model}" />
          <figcaption>New images, drawn at random from the model.</figcaption>
        </figure>`,
    );
    return html`<div class="cards" data-zoomable>${cards}</div>`;
  },
});
