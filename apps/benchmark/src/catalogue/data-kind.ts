/** What one example is: a point of the plane, a row of real numbers, or an image of integers 0..255. */
export const dataKinds = ["plane", "table", "image"] as const;

export type DataKind = (typeof dataKinds)[number];

/** For headings. */
export const kindTitles: Readonly<Record<DataKind, string>> = {
  plane: "points in the plane",
  table: "tables of numbers",
  image: "images",
};
