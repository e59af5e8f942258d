import * as tf from "@tensorflow/tfjs-core";
import { ShapeError, fail } from "@invertible/errors";
import type { Tensor } from "../tensors/types.ts";

/**
 * Where the pixel (dy, dx) of a 2x2 cell and the channel c, of C channels, go. "space-major" (i-RevNet, i-ResNet) puts them in
 * channel (dy * 2 + dx) * C + c. "channel-major" (PyTorch's pixel_unshuffle) puts them in channel c * 4 + dy * 2 + dx.
 */
export type ChannelOrder = "space-major" | "channel-major";

/**
 * Moves each 2x2 cell of pixels into channels, [B, H, W, C] -> [B, H/2, W/2, 4C]. It only reorders entries.
 *
 * @throws ShapeError unless x has four axes and even height and width.
 */
export function spaceToDepth(x: Tensor, order: ChannelOrder = "space-major"): Tensor {
  checkOrder("spaceToDepth", order);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (x.rank !== 4 || height % 2 !== 0 || width % 2 !== 0)
    throw new ShapeError(`spaceToDepth: expected [B, even, even, C], received [${x.shape.join(", ")}]`);
  const [h, w] = [height / 2, width / 2];
  return tf.tidy(() => {
    if (order === "space-major") {
      // dx and c stay neighbours, so that four axes are enough.
      const cells = tf.transpose(tf.reshape(x, [batch * h, 2, w, 2 * channels]), [0, 2, 1, 3]);
      return tf.reshape(cells, [batch, h, w, 4 * channels]);
    }
    const cells = tf.transpose(tf.reshape(x, [batch * h, 2, w, 2, channels]), [0, 2, 4, 1, 3]);
    return tf.reshape(cells, [batch, h, w, 4 * channels]);
  });
}

/**
 * The inverse of `spaceToDepth`, [B, h, w, 4C] -> [B, 2h, 2w, C].
 *
 * @throws ShapeError unless y has four axes and a multiple of four channels.
 */
export function depthToSpace(y: Tensor, order: ChannelOrder = "space-major"): Tensor {
  checkOrder("depthToSpace", order);
  const [batch, h, w, depth] = y.shape as [number, number, number, number];
  if (y.rank !== 4 || depth % 4 !== 0)
    throw new ShapeError(`depthToSpace: expected [B, H, W, multiple of 4], received [${y.shape.join(", ")}]`);
  const channels = depth / 4;
  return tf.tidy(() => {
    const pixels =
      order === "space-major"
        ? tf.transpose(tf.reshape(y, [batch * h, w, 2, 2 * channels]), [0, 2, 1, 3])
        : tf.transpose(tf.reshape(y, [batch * h, w, channels, 2, 2]), [0, 3, 1, 4, 2]);
    return tf.reshape(pixels, [batch, 2 * h, 2 * w, channels]);
  });
}

function checkOrder(where: string, order: ChannelOrder): void {
  if (order !== "space-major" && order !== "channel-major")
    fail(where, `"space-major" or "channel-major"`, order);
}
