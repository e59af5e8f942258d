import { decodeBytes, decodeFloats } from "../../results/binary.ts";
import { gridDataUri, inRows } from "./image-grid.ts";
import type { Pictures } from "./image-grid.ts";

/** [height, width, channels] */
type PictureShape = readonly number[];

/** The samples of a model as one picture: uint8 pixels as base64. */
export function sampleGrid({
  shape,
  samples,
}: {
  readonly shape: PictureShape;
  readonly samples: string;
}): string {
  const values = Float32Array.from(decodeBytes(samples), (pixel) => pixel / 255);
  return gridDataUri(inRows(asPictures(shape, values), 10));
}

export interface ReconstructionGrid {
  readonly uri: string;
  /** The difference is shown this many times enlarged. */
  readonly enlargement: number;
}

/** Three rows: originals, reconstructions, and their difference enlarged until it shows. */
export function reconstructionGrid(figures: {
  readonly shape: PictureShape;
  readonly originals: string;
  readonly reconstructions: string;
}): ReconstructionGrid {
  const originals = decodeFloats(figures.originals);
  const reconstructions = decodeFloats(figures.reconstructions);
  const difference = originals.map((value, i) => Math.abs(value - reconstructions[i]!));
  const largest = difference.reduce((a, b) => Math.max(a, b), 0);
  const enlargement = largest === 0 ? 1 : 10 ** Math.floor(-Math.log10(largest));
  const rows = [originals, reconstructions, difference.map((value) => value * enlargement)];
  return { uri: gridDataUri(rows.map((values) => asPictures(figures.shape, values))), enlargement };
}

function asPictures([height = 1, width = 1, channels = 1]: PictureShape, values: Float32Array): Pictures {
  return { values, height, width, channels, count: values.length / (height * width * channels) };
}
