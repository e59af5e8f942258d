import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startLineProcess } from "./line-process.ts";
import type { LineProcess } from "./line-process.ts";

/** A Python that has PyTorch. */
export interface Python {
  readonly program: string;
  readonly torch: string;
}

/** Where a Python may be that has PyTorch: the first on the path, and that of the system, for which Debian's package is. */
const usual = ["python3", "/usr/bin/python3"];

/** The implementation to compare with. It lies outside of the sources, because it is no TypeScript. */
const program = fileURLToPath(new URL("../../../../../tools/peers/peer.py", import.meta.url));

/**
 * Looks for a Python that can import PyTorch and NumPy, and otherwise says why there is none.
 *
 * @param named the program that the user chose; default: the usual places
 */
export function findPython(named?: string): Python | { readonly absent: string } {
  const reasons = (named === undefined ? usual : [named]).map((each) => {
    const { status, stdout, stderr, error } = spawnSync(
      each,
      ["-c", "import numpy, torch; print(torch.__version__)"],
      { encoding: "utf8" },
    );
    if (status === 0) return { program: each, torch: stdout.trim() };
    return `${each}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`;
  });
  const found = reasons.find((reason) => typeof reason !== "string");
  return found ?? { absent: reasons.join("; ") };
}

/** Starts the PyTorch implementation with a number of threads. See `tools/peers/peer.py` for its requests. */
export function startPeer(python: Python, threads: number): LineProcess {
  const count = String(threads);
  return startLineProcess(python.program, ["-u", program], {
    // PyTorch, OpenBLAS and MKL have threads of their own each.
    OMP_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    PYTHONDONTWRITEBYTECODE: "1",
  });
}
