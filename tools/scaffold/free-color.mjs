/**
 * A colour for the curves of a new model, with a hue as far as possible from those that are taken.
 *
 * @param {readonly string[]} taken as "#rrggbb"
 * @returns {{ light: string, dark: string }} for a light page and for a dark one
 */
export function freeColor(taken) {
  const hues = taken.map(hueOf);
  const distance = (/** @type {number} */ hue) =>
    Math.min(360, ...hues.map((each) => Math.min(Math.abs(hue - each), 360 - Math.abs(hue - each))));
  const candidates = Array.from({ length: 360 }, (_, hue) => hue);
  const hue = candidates.reduce((best, each) => (distance(each) > distance(best) ? each : best), 0);
  return { light: hex(hue, 0.65, 0.4), dark: hex(hue, 0.8, 0.75) };
}

/** @param {string} color */
function hueOf(color) {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
  const angle = Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b);
  return ((angle * 180) / Math.PI + 360) % 360;
}

/**
 * @param {number} hue in degrees
 * @param {number} saturation
 * @param {number} lightness
 */
function hex(hue, saturation, lightness) {
  const channel = (/** @type {number} */ offset) => {
    const k = (offset + hue / 30) % 12;
    const value =
      lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
