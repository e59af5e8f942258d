import { describe, expect, it } from "vitest";
import { checkBetween, checkChoice, checkPositiveInteger, checkShape } from "./checks.ts";
import { ArgumentError, FileFormatError } from "./errors.ts";
import { fail, failFormat } from "./fail.ts";

describe("argument checks", () => {
  it("let valid values pass", () => {
    for (const n of [1, 2 ** 53 - 1]) expect(() => checkPositiveInteger("n", n)).not.toThrow();
    expect(() => checkBetween("c", 0.5, 0, 1)).not.toThrow();
    for (const shape of [[], [3], [28, 28, 1]]) expect(() => checkShape("s", shape)).not.toThrow();
    expect(() => checkChoice("norm", "two", ["one", "two"])).not.toThrow();
  });

  it.each([0, -1, 1.5, 2 ** 53, NaN, Infinity, "3", undefined, null, 1n])(
    "%s is no positive integer",
    (n) => {
      expect(() => checkPositiveInteger("layers", n as number)).toThrow(
        /^layers: expected a positive integer, rec/,
      );
    },
  );

  it.each([0, 1, -0.5, 2, NaN, "0.5", undefined, null])("%s is not between 0 and 1", (value) => {
    expect(() => checkBetween("coefficient", value as number, 0, 1)).toThrow(
      /^coefficient: expected a number in \(0, 1\), received /,
    );
  });

  it.each([[[0]], [[2, -1]], [[1.5]], [["2"]], ["2"], [undefined], [{ length: 0 }]])(
    "%j is no shape",
    (shape) => {
      expect(() => checkShape("inputShape", shape as number[])).toThrow(
        /^inputShape: expected a shape of positive integers, received /,
      );
    },
  );

  it("list the choices", () => {
    expect(() => checkChoice("activation", "rulu", ["relu", "elu"])).toThrow(
      new ArgumentError('activation: expected one of relu, elu, received "rulu"'),
    );
  });
});

describe("a message", () => {
  const messageFor = (received: unknown) => {
    try {
      return fail("here", "a value", received);
    } catch (error) {
      expect(ArgumentError.is(error)).toBe(true);
      return (error as Error).message.replace("here: expected a value, received ", "");
    }
  };

  it.each([
    ["text", '"text"'],
    [[1, 2], "[1,2]"],
    [{ a: null }, '{"a":null}'],
    [-0.5, "-0.5"],
    [NaN, "NaN"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("key"), "Symbol(key)"],
    [12345678901234567890n, "12345678901234567890"],
  ])("shows %s as it is", (received, shown) => {
    expect(messageFor(received)).toBe(shown);
  });

  it("shows what JSON cannot hold, without failing itself", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(messageFor(circle)).toBe("an object");
    expect(messageFor(Object.create(null))).toBe("{}");
    expect(messageFor(() => 1)).toBe("a function");
    expect(messageFor(Promise.resolve(1))).toBe("a promise; await it first");
    expect(messageFor(new Float32Array(3))).toBe("an object of class Float32Array");
    expect(messageFor({ constructor: 1 })).toBe("an object of class undefined");
  });

  it("quotes the beginning of what is long", () => {
    expect(messageFor("x".repeat(1e6))).toBe(`"${"x".repeat(119)}...`);
  });

  it("about a file keeps the cause", () => {
    const cause = new Error("below");
    const broken = () => failFormat("loadFlow", "JSON text", undefined, cause);
    expect(broken).toThrow(new FileFormatError("loadFlow: expected JSON text, received undefined"));
    expect(broken).toThrow(expect.objectContaining({ cause }));
  });
});
