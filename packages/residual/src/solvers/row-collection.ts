import { concat, dispose, gatherRows, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** Rows of a batch that arrive in any order, and the batch once all have. Owns what it holds. */
export interface RowCollection {
  /** Rows `positions` of x [R, d], to be the rows `destinations` of the batch. */
  add(x: Tensor, positions: readonly number[], destinations: readonly number[]): void;
  /** [B, d]; the collection is empty afterwards. */
  assemble(): Tensor;
  dispose(): void;
}

export function rowCollection(): RowCollection {
  let pieces: Tensor[] = [];
  let arrived: number[] = [];
  const release = () => {
    dispose(pieces);
    [pieces, arrived] = [[], []];
  };
  return {
    add(x, positions, destinations) {
      pieces.push(gatherRows(x, positions));
      arrived.push(...destinations);
    },
    assemble() {
      const order = new Int32Array(arrived.length);
      arrived.forEach((row, place) => (order[row] = place));
      const x = tidy(() => gatherRows(pieces.length === 1 ? pieces[0]! : concat(pieces, 0), order));
      release();
      return x;
    },
    dispose: release,
  };
}
