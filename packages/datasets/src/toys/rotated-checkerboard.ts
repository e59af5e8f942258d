import { checkerboard, drawCheckerboard } from "./checkerboard.ts";
import { defineToyDensity } from "./toy-density.ts";

/**
 * The checkerboard turned by 45 degrees about the origin, counterclockwise. Its entropy is ln 32 too. A coupling layer moves one coordinate at a time and
 * so finds edges along the axes easily. A model that is much better on the board than on the turned one has profited from that.
 */
export const rotatedCheckerboard = defineToyDensity({
  name: "checkerboard-45",
  extent: [-6, 6],
  entropy: Math.log(32),
  draw(random) {
    const [x, y] = drawCheckerboard(random);
    return [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2];
  },
  logDensity: (x, y) => checkerboard.logDensity!((x + y) * Math.SQRT1_2, (y - x) * Math.SQRT1_2),
});
