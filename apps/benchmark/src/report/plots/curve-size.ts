/** Of every plot of curves, so that they stand side by side. */
export const curveSize = { width: 460, height: 260, marginLeft: 52, marginBottom: 38, marginRight: 12 };
