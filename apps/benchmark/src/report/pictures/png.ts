import { PNG } from "pngjs";

/** An RGB picture as a data URI. `pixels`: row by row from the top, 3 bytes each. */
export function pngDataUri(pixels: Uint8Array, width: number, height: number): string {
  const png = new PNG({ width, height });
  png.data = Buffer.from(pixels);
  const bytes = PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false });
  return `data:image/png;base64,${bytes.toString("base64")}`;
}
