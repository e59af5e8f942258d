import { z } from "zod";
import { html } from "../report/html.ts";
import { encodeBytes } from "../results/binary.ts";
import { defineFigure } from "./figure.ts";

const shown = 10;

export const imageReconstructions = defineFigure({
  name: "image-reconstructions",
  appliesTo: ({ task, kind }) => task === "density" && kind === "image",
  value: z.strictObject({
    /** [height, width, channels] */
    shape: z.array(z.int().positive()).length(3),
    /** float32, in units of the pixel range: what was inverted and what came back. */
    originals: z.base64(),
    reconstructions: z.base64(),
  }),
  async measure({ data, reconstructed }) {
    const { originals, reconstructions } = await reconstructed(shown);
    return {
      shape: [...data.test.shape],
      originals: encodeBytes(originals),
      reconstructions: encodeBytes(reconstructions),
    };
  },
  async draw(series) {
    const { reconstructionGrid } = await import("../report/pictures/image-pictures.ts");
    const cards = series.map(({ model, value }) => {
      const { uri, enlargement } = reconstructionGrid(value);
      return html`<figure>
        <h3>${model}: reconstructions</h3>
        <img src="${uri}" alt="Originals, reconstructions and their difference for ${model}" />
        <figcaption>
          The first row shows held-out images, the second row the same images after the model and its inverse.
          The third row is their absolute
          difference${enlargement === 1 ? "" : `, multiplied by ${enlargement.toLocaleString("en-US")}`}.
        </figcaption>
      </figure>`;
    });
    return html`<div class="cards" data-zoomable>${cards}</div>`;
  },
});
