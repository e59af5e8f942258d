import { chain, invert } from "@invertible/bijection";
import { UnsupportedError } from "@invertible/errors";
import { dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { injectivePadding, squeeze } from "./index.ts";

describe("injectivePadding", () => {
  beforeAll(() => startBackend("wasm"));

  it("appends zeros after the channels of every pixel, and drops what stands there", async () => {
    const layer = injectivePadding({ inputShape: [1, 2, 2], channels: 3 });
    expect(layer.outputShape).toEqual([1, 2, 5]);
    const x = tensor([1, 2, 3, 4], [1, 1, 2, 2]);
    const y = layer.forward(x);
    expect([...(await y.data())]).toEqual([1, 2, 0, 0, 0, 3, 4, 0, 0, 0]);
    const other = tensor([1, 2, 7, 8, 9, 3, 4, 5, 6, 7], [1, 1, 2, 5]);
    const back = layer.inverse(other);
    expect([...(await back.data())]).toEqual([1, 2, 3, 4]);
    dispose([x, y, other, back]);
  });

  it("leaves a model of which it is a part with an inverse and without a log-det", () => {
    const model = chain([
      injectivePadding({ inputShape: [2, 2, 1], channels: 3 }),
      squeeze({ inputShape: [2, 2, 4] }),
    ]);
    expect(model.traits).toMatchObject({ logDet: "none", logDetBias: 0, inverse: "analytic" });
    expect(invert(model).traits).toMatchObject({ logDet: "none", inverse: "analytic" });
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    expect(() => model.forwardAndLogDet(x)).toThrow(
      new UnsupportedError(
        "chain.forwardAndLogDet: expected parts with a log-det, received injectivePadding (0), whose trait says it has none",
      ),
    );
    x.dispose();
  });

  it("refuses shapes and numbers of channels that do not fit", () => {
    expect(() => injectivePadding({ inputShape: [4, 4], channels: 1 })).toThrow(
      "injectivePadding.inputShape: expected [H, W, C], received [4,4]",
    );
    for (const channels of [0, 1.5, 4097])
      expect(() => injectivePadding({ inputShape: [4, 4, 1], channels })).toThrow(
        `injectivePadding.channels: expected an integer from 1 to 4096, received ${channels}`,
      );
  });
});
