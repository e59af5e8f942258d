import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  FileFormatError,
  InvertibleError,
  NonFiniteError,
  NotCertifiedError,
  NotConvergedError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
} from "./errors.ts";

const classes = {
  ArgumentError,
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  NotConvergedError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
};

describe.each(Object.entries(classes))("%s", (name, ErrorClass) => {
  it("keeps its name, message and cause", () => {
    const cause = new Error("below");
    const error = new ErrorClass("layer: expected 1, received 2", { cause });
    expect(error).toBeInstanceOf(InvertibleError);
    expect(String(error)).toBe(`${name}: layer: expected 1, received 2`);
    expect(error.cause).toBe(cause);
  });

  it("keeps the beginning of a message that quotes a file", () => {
    const { message } = new ErrorClass(`layer: expected ${"x".repeat(1e6)}`);
    expect(message).toBe(`layer: expected ${"x".repeat(1984)}...`);
  });

  it("recognises its own errors, also from another copy of the package, and no others", () => {
    const error = new ErrorClass("here");
    const fromAnotherCopy = Object.assign(new Error("there"), {
      kind: (error as unknown as { kind: string }).kind,
    });
    expect(fromAnotherCopy).not.toBeInstanceOf(ErrorClass);
    for (const [other, { is }] of Object.entries(classes)) {
      expect(is(error)).toBe(other === name);
      expect(is(fromAnotherCopy)).toBe(other === name);
    }
    for (const stranger of [new Error("plain"), { kind: "invertible/argument" }, undefined, "text"])
      expect(ErrorClass.is(stranger)).toBe(false);
  });
});
