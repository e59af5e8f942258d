import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { squeeze } from "@invertible/layers";
import type { Shape } from "@invertible/ops";

/** One scale of a multi-scale network. */
export interface Scale {
  /** Shape at its beginning, before the squeeze if there is one. */
  readonly incoming: Shape;
  /** Shape of every layer of the scale. */
  readonly shape: Shape;
  /** Whether it begins with a squeeze. */
  readonly squeezed: boolean;
  /** How many steps or blocks it has. */
  readonly layers: number;
}

/** What `planScales` needs to know. */
export interface ScaleOptions {
  /** [H, W, C] of the images. */
  readonly inputShape: Shape;
  /** How many steps or blocks each scale has. */
  readonly layersPerScale: readonly number[];
  /** Whether the first scale begins with a squeeze too. */
  readonly firstSqueezed: boolean;
  /** Whether half of the channels leave between scales. */
  readonly halving: boolean;
}

/**
 * Computes the shapes of a multi-scale network. Every scale after the first begins with a squeeze to half the height, half the
 * width and four times the channels; the first does so if asked.
 *
 * @throws ArgumentError where a scale would squeeze an odd height or width, or halve an odd number of channels. Padding would
 * make it fit, but padding is not a bijection.
 */
export function planScales(where: string, key: string, options: ScaleOptions): Scale[] {
  const { inputShape, layersPerScale, firstSqueezed, halving } = options;
  checkShape(`${where}.inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${where}.inputShape`, "[H, W, C]", inputShape);
  if (!Array.isArray(layersPerScale) || layersPerScale.length === 0)
    fail(`${where}.${key}`, "at least one scale", layersPerScale);
  layersPerScale.forEach((layers) => checkPositiveInteger(`${where}.${key}`, layers));

  let [height, width, channels] = inputShape as [number, number, number];
  return layersPerScale.map((layers, index) => {
    const incoming = [height, width, channels];
    const squeezed = index > 0 || firstSqueezed;
    if (squeezed) {
      if (height % 2 !== 0 || width % 2 !== 0)
        fail(
          `${where}.${key}`,
          `at most ${index} scales for images of [${inputShape.join(", ")}], since ${height} x ${width} cannot be squeezed by two`,
          layersPerScale,
        );
      [height, width, channels] = [height / 2, width / 2, channels * 4];
    }
    const shape = [height, width, channels];
    if (halving && index < layersPerScale.length - 1) {
      if (channels % 2 !== 0)
        fail(
          where,
          "an even number of channels, to let half of them leave",
          `${channels} after scale ${index + 1}`,
        );
      channels /= 2;
    }
    return { incoming, shape, squeezed, layers };
  });
}

/** What `scaleLayers` puts into each scale. */
export interface ScaleContents {
  /** The layers of one step or block. `scale` and `layer` count from 0. */
  readonly layers: (shape: Shape, scale: number, layer: number) => readonly Bijection[];
  /** Which half of the channels leaves between scales. Absent where all of them stay. */
  readonly leaving?: "first" | "second";
  /** The layers before a half leaves. Default: none. */
  readonly beforeLeaving?: (shape: Shape) => readonly Bijection[];
}

/** The layers of planned scales, in forward order. Those after a half has left are inside a `factorOut`. */
export function scaleLayers(scales: readonly Scale[], contents: ScaleContents, index = 0): Bijection[] {
  const scale = scales[index];
  if (scale === undefined) return [];
  const { incoming, shape, squeezed } = scale;
  const { layers, leaving, beforeLeaving } = contents;
  const here = [
    ...(squeezed ? [squeeze({ inputShape: incoming })] : []),
    ...Array.from({ length: scale.layers }, (_, layer) => layers(shape, index, layer)).flat(),
  ];
  const rest = scaleLayers(scales, contents, index + 1);
  if (rest.length === 0 || leaving === undefined) return [...here, ...rest];
  return [
    ...here,
    ...(beforeLeaving?.(shape) ?? []),
    factorOut({ inputShape: shape, leaving, inner: chain(rest) }),
  ];
}
