/** A point of the plane. */
export type Point = readonly [x: number, y: number];

/** One movement of the pen through its points, either smooth or with corners. */
export interface Stroke {
  readonly path: "smooth" | "straight";
  readonly points: readonly Point[];
}

const smooth = (...points: Point[]): Stroke => ({ path: "smooth", points });
const straight = (...points: Point[]): Stroke => ({ path: "straight", points });

/** An oval that ends a little past its start, as one drawn by a pen does. */
const oval = (centre: Point, right: number, down: number): Stroke =>
  smooth(
    ...Array.from({ length: 11 }, (_, i): Point => {
      const angle = -Math.PI / 2 - (2 * Math.PI * i) / 9.6;
      return [centre[0] + right * Math.cos(angle), centre[1] + down * Math.sin(angle)];
    }),
  );

/** The ways to write each digit, as strokes in the unit square with y pointing downwards. */
export const digitStrokes: readonly (readonly (readonly Stroke[])[])[] = [
  [[oval([0.5, 0.5], 0.36, 0.46)]],
  [
    [straight([0.5, 0.04], [0.5, 0.96])],
    [straight([0.28, 0.28], [0.52, 0.04], [0.52, 0.96])],
    [straight([0.28, 0.28], [0.52, 0.04], [0.52, 0.96]), straight([0.24, 0.96], [0.8, 0.96])],
  ],
  [
    [
      smooth(
        [0.16, 0.26],
        [0.28, 0.09],
        [0.52, 0.04],
        [0.76, 0.16],
        [0.76, 0.36],
        [0.52, 0.66],
        [0.14, 0.95],
      ),
      straight([0.14, 0.95], [0.86, 0.93]),
    ],
    [
      smooth([0.18, 0.2], [0.46, 0.04], [0.76, 0.18], [0.74, 0.42], [0.5, 0.7], [0.24, 0.9], [0.14, 0.84]),
      smooth([0.14, 0.84], [0.3, 0.78], [0.56, 0.94], [0.86, 0.88]),
    ],
  ],
  [
    [
      smooth([0.2, 0.14], [0.46, 0.04], [0.72, 0.14], [0.7, 0.34], [0.42, 0.47]),
      smooth([0.42, 0.47], [0.74, 0.56], [0.79, 0.78], [0.52, 0.96], [0.18, 0.86]),
    ],
    [
      straight([0.2, 0.06], [0.76, 0.06], [0.44, 0.42]),
      smooth([0.44, 0.42], [0.76, 0.54], [0.78, 0.8], [0.5, 0.96], [0.18, 0.86]),
    ],
  ],
  [
    [straight([0.26, 0.05], [0.16, 0.58], [0.86, 0.56]), straight([0.66, 0.28], [0.62, 0.97])],
    [straight([0.64, 0.97], [0.64, 0.04], [0.12, 0.66], [0.88, 0.66])],
  ],
  [
    [
      straight([0.8, 0.06], [0.3, 0.06], [0.24, 0.45]),
      smooth([0.24, 0.45], [0.5, 0.37], [0.78, 0.52], [0.77, 0.79], [0.5, 0.96], [0.18, 0.87]),
    ],
  ],
  [
    [
      smooth(
        [0.7, 0.05],
        [0.44, 0.18],
        [0.25, 0.48],
        [0.24, 0.76],
        [0.44, 0.96],
        [0.7, 0.88],
        [0.78, 0.7],
        [0.62, 0.53],
        [0.4, 0.57],
        [0.25, 0.74],
      ),
    ],
  ],
  [
    [straight([0.16, 0.08], [0.84, 0.08], [0.42, 0.97])],
    [straight([0.16, 0.08], [0.84, 0.08], [0.42, 0.97]), straight([0.36, 0.5], [0.78, 0.48])],
    [
      straight([0.18, 0.2], [0.2, 0.08], [0.84, 0.06]),
      smooth([0.84, 0.06], [0.62, 0.4], [0.5, 0.7], [0.44, 0.97]),
    ],
  ],
  [
    [
      smooth(
        [0.72, 0.14],
        [0.5, 0.04],
        [0.27, 0.13],
        [0.28, 0.34],
        [0.52, 0.48],
        [0.76, 0.66],
        [0.72, 0.88],
        [0.5, 0.97],
        [0.26, 0.88],
        [0.24, 0.68],
        [0.48, 0.5],
        [0.74, 0.32],
        [0.74, 0.14],
      ),
    ],
    [oval([0.5, 0.26], 0.25, 0.22), oval([0.5, 0.72], 0.3, 0.24)],
  ],
  [
    [
      smooth([0.74, 0.22], [0.58, 0.06], [0.34, 0.09], [0.23, 0.28], [0.36, 0.48], [0.6, 0.44], [0.74, 0.22]),
      smooth([0.74, 0.22], [0.74, 0.5], [0.66, 0.78], [0.58, 0.97]),
    ],
    [oval([0.48, 0.28], 0.26, 0.24), straight([0.74, 0.2], [0.72, 0.97])],
  ],
];
