import { z } from "zod";
import { defineMetric } from "./metric.ts";

const count = z.int().nonnegative();

interface Pixels {
  readonly wrong: number;
  readonly of: number;
}

const text = (pixels: Pixels | null) =>
  pixels === null ? "not rounded" : `${pixels.wrong} of ${pixels.of.toLocaleString("en-US")}`;

export const wrongPixels = defineMetric({
  name: "wrong-pixels",
  heading: "wrong pixels",
  meaning:
    "How many pixels of the held-out images come back from the inverse as another integer. The models add noise to each pixel, and the inverse rounds it away. Noise that lies next to the edge of a bin can be rounded to the neighbouring integer, however small the reconstruction error is. The noise can be kept away from the edges where every pixel must come back; this comparison does not do so.",
  from: "model",
  appliesTo: ({ task, kind }) => task === "density" && kind === "image",
  value: z.strictObject({ wrong: count, of: count }).nullable(),
  async measure({ inverted }) {
    const { wrongIntegers, elements } = await inverted();
    return wrongIntegers === undefined ? null : { wrong: wrongIntegers, of: elements };
  },
  text,
  textOverSeeds: (values) => {
    const rounded = values.filter((pixels) => pixels !== null);
    const sum = (of: (pixels: Pixels) => number) => rounded.reduce((total, each) => total + of(each), 0);
    return text(
      rounded.length < values.length ? null : { wrong: sum(({ wrong }) => wrong), of: sum(({ of }) => of) },
    );
  },
});
