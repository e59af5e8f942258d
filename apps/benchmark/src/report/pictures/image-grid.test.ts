import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { magma } from "./color-scale.ts";
import { gridDataUri, inRows } from "./image-grid.ts";
import type { Pictures } from "./image-grid.ts";

function decode(uri: string): PNG {
  const [head, body] = uri.split(",");
  expect(head).toBe("data:image/png;base64");
  return PNG.sync.read(Buffer.from(body!, "base64"));
}

const red = (png: PNG, x: number, y: number) => png.data[4 * (y * png.width + x)];

describe("gridDataUri", () => {
  const pictures: Pictures = {
    values: Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 2),
    count: 3,
    height: 1,
    width: 2,
    channels: 1,
  };

  it("puts every pixel where it belongs, clipped to the range", () => {
    const png = decode(gridDataUri(inRows(pictures, 2)));
    expect([png.width, png.height]).toEqual([2 * 4 + 2, 2 * 3 + 2]);
    expect([red(png, 2, 2), red(png, 3, 2), red(png, 6, 2), red(png, 7, 2)]).toEqual([0, 51, 102, 153]);
    expect([red(png, 2, 5), red(png, 3, 5)]).toEqual([204, 255]);
    expect(red(png, 0, 0)).toBe(128);
  });

  it("keeps the three colour channels", () => {
    const png = decode(
      gridDataUri([{ values: Float32Array.of(1, 0.5, 0), count: 1, height: 1, width: 1, channels: 3 }]),
    );
    expect([...png.data.subarray(4 * (2 * png.width + 2), 4 * (2 * png.width + 2) + 3)]).toEqual([
      255, 128, 0,
    ]);
  });
});

describe("magma", () => {
  it("goes from dark to light, and clips values outside its range", () => {
    expect(magma(-1)).toEqual([0, 0, 4]);
    expect(magma(2)).toEqual([252, 253, 191]);
    const lightness = Array.from({ length: 50 }, (_, i) => magma(i / 49).reduce((a, b) => a + b, 0));
    expect([...lightness].sort((a, b) => a - b)).toEqual(lightness);
  });
});
