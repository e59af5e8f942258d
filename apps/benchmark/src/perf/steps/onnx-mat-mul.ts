const size = 512;
/** Products in one run, so that copying the matrices in and out counts for little. */
const products = 8;
const repeats = 10;

/**
 * The best rate at which onnxruntime-node multiplies matrices of 512 x 512, in 10^9 operations per second.
 *
 * @throws Error where onnxruntime-node is absent.
 */
export async function onnxMatMulPeak(threads: number): Promise<number> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session = await InferenceSession.create(productModel(), {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  // Their product is the same matrix again, so that nothing overflows.
  const matrix = new Tensor("float32", new Float32Array(size * size).fill(1 / size), [size, size]);
  let best = Infinity;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await session.run({ a: matrix, b: matrix });
    best = Math.min(best, performance.now() - start);
  }
  await session.release();
  return (products * 2 * size ** 3) / best / 1e6;
}

/** An ONNX model that computes a b, a b b, and so on. The numbers are those of the fields in onnx.proto. */
function productModel(): Uint8Array {
  const nodes = Array.from({ length: products }, (_, i) =>
    message(1, [
      ...text(1, i === 0 ? "a" : `c${i - 1}`),
      ...text(1, "b"),
      ...text(2, i === products - 1 ? "c" : `c${i}`),
      ...text(4, "MatMul"),
    ]),
  ).flat();
  const dimension = message(1, integer(1, size));
  const float = integer(1, 1);
  const type = message(2, message(1, [...float, ...message(2, [...dimension, ...dimension])]));
  const value = (field: number, name: string) => message(field, [...text(1, name), ...type]);
  const graph = [...nodes, ...text(2, "products"), ...value(11, "a"), ...value(11, "b"), ...value(12, "c")];
  const irVersion = integer(1, 8);
  const operators = message(8, integer(2, 13));
  return Uint8Array.from([...irVersion, ...message(7, graph), ...operators]);
}

/** Seven bits at a time, the lowest first. */
function variableLength(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...variableLength(Math.floor(value / 128))];
}

const integer = (field: number, value: number) => [field * 8, ...variableLength(value)];
const message = (field: number, content: readonly number[]) => [
  field * 8 + 2,
  ...variableLength(content.length),
  ...content,
];
const text = (field: number, value: string) => message(field, [...new TextEncoder().encode(value)]);
