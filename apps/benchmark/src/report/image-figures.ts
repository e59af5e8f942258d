import { decodeBytes, decodeFloats } from "../results/binary.ts";
import type { ImageFigures } from "../results/schema.ts";
import { gridDataUri, inRows } from "./image-grid.ts";
import type { Pictures } from "./image-grid.ts";

/** The samples of a model as one picture. */
export function sampleGrid(figures: ImageFigures): string {
  const values = Float32Array.from(decodeBytes(figures.samples), (pixel) => pixel / 255);
  return gridDataUri(inRows(asPictures(figures, values), 10));
}

export interface ReconstructionGrid {
  readonly uri: string;
  /** The difference is shown this many times enlarged. */
  readonly enlargement: number;
}

/** Three rows: originals, reconstructions, and their difference enlarged until it shows. */
export function reconstructionGrid(figures: ImageFigures): ReconstructionGrid {
  const originals = decodeFloats(figures.originals);
  const reconstructions = decodeFloats(figures.reconstructions);
  const difference = originals.map((value, i) => Math.abs(value - reconstructions[i]!));
  const largest = difference.reduce((a, b) => Math.max(a, b), 0);
  const enlargement = largest === 0 ? 1 : 10 ** Math.floor(-Math.log10(largest));
  const rows = [originals, reconstructions, difference.map((value) => value * enlargement)];
  return { uri: gridDataUri(rows.map((values) => asPictures(figures, values))), enlargement };
}

function asPictures({ height, width, channels }: ImageFigures, values: Float32Array): Pictures {
  return { values, height, width, channels, count: values.length / (height * width * channels) };
}
