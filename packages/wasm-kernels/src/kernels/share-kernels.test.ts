import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../test-support/start-backend.ts";

beforeAll(() => startBackend("wasm"));

const buffers = () => tf.engine().state.numDataBuffers;

describe("Identity and Cast on wasm", () => {
  it("share memory where nothing changes, and free it with the last of them", async () => {
    const before = buffers();
    const x = tf.tensor([1, -2, 3.5]);
    const [same, cast] = [tf.clone(x), tf.cast(x, "float32")];
    expect(buffers()).toBe(before + 1);
    x.dispose();
    expect(Array.from(await same.data())).toEqual([1, -2, 3.5]);
    same.dispose();
    expect(Array.from(await cast.data())).toEqual([1, -2, 3.5]);
    cast.dispose();
    expect(buffers()).toBe(before);
  });

  it("convert between types as before", async () => {
    const x = tf.tensor([0, 1.75, -2.25]);
    expect(Array.from(await tf.cast(x, "int32").data())).toEqual([0, 1, -2]);
    expect(Array.from(await tf.cast(tf.tensor([1, 0], [2], "bool"), "float32").data())).toEqual([1, 0]);
  });

  it("leave a variable's earlier value alone when it is assigned", async () => {
    const v = tf.variable(tf.tensor([1, 2]));
    const saved = tf.clone(v);
    v.assign(tf.tensor([3, 4]));
    expect(Array.from(await saved.data())).toEqual([1, 2]);
    expect(Array.from(await v.data())).toEqual([3, 4]);
    v.dispose();
  });

  it("hold no copies during a gradient", () => {
    const x = tf.ones([1000]);
    const before = buffers();
    let during = 0;
    const gradient = tf.grad((z) => {
      const cube = tf.mul(tf.mul(z, z), z);
      during = buffers() - before;
      return tf.sum(cube);
    })(x);
    // z^2 and z^3 are computed. The tape saved z three times and z^2 once.
    expect(during).toBe(2);
    tf.dispose([x, gradient]);
    expect(buffers()).toBe(before - 1);
  });
});
