import { html } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { gridDataUri, inRows } from "../../report/pictures/image-grid.ts";
import { decodeBytes, encodeBytes } from "../../results/binary.ts";

/** Grey images of integers 0..255, as base64 of bytes. */
export interface StoredPictures {
  /** [H, W, 1] */
  readonly shape: readonly number[];
  readonly pixels: string;
}

/** Pixels outside of 0..255, which only a model that failed gives, go to the nearest end. */
export function storePictures(shape: readonly number[], values: ArrayLike<number>): StoredPictures {
  return { shape: [...shape], pixels: encodeBytes(new Uint8Array(Uint8ClampedArray.from(values).buffer)) };
}

/** One card with rows of `columns` pictures. */
export function pictureCard(
  title: string,
  { shape, pixels }: StoredPictures,
  columns: number,
  caption: string,
): Html {
  const [height, width, channels] = shape as [number, number, number];
  const values = Float32Array.from(decodeBytes(pixels), (pixel) => pixel / 255);
  const count = values.length / (height * width * channels);
  const uri = gridDataUri(inRows({ values, count, height, width, channels }, columns));
  return html`<figure>
    <h3>${title}</h3>
    <img src="${uri}" alt="${title}: ${caption}" />
    <figcaption>${caption}</figcaption>
  </figure>`;
}
