import { describe, expect, expectTypeOf, it } from "vitest";
import { ArgumentError } from "./errors.ts";
import { checkOptions } from "./options.ts";
import type { OptionNames } from "./options.ts";

interface Options {
  readonly features: number;
  readonly coefficient?: number;
  readonly hidden?: readonly number[];
}

const names: OptionNames<Options> = { features: "required", coefficient: "optional", hidden: "optional" };
const check = (options: unknown) => checkOptions("vectorIResNet", options as Options, names);

describe("checkOptions", () => {
  it("lets known options pass, and optional ones be undefined", () => {
    for (const options of [{ features: 2 }, { features: 2, coefficient: undefined, hidden: [3] }])
      expect(() => check(options)).not.toThrow();
    expect(() => check(Object.assign(Object.create(null), { features: 0 }))).not.toThrow();
  });

  it.each([
    ["coeficient", '; did you mean "coefficient"?'],
    ["Coefficient", '; did you mean "coefficient"?'],
    ["hiden", '; did you mean "hidden"?'],
    ["lr", ""],
    ["activation", ""],
  ])("refuses the unknown option %s", (name, hint) => {
    expect(() => check({ features: 2, [name]: 1 })).toThrow(
      new ArgumentError(
        `vectorIResNet: expected options among features, coefficient, hidden, received "${name}"${hint}`,
      ),
    );
  });

  it("refuses an unknown option whose name every object has", () => {
    expect(() => check({ features: 2, toString: 1 })).toThrow('received "toString"');
    expect(() => check(JSON.parse('{ "features": 2, "__proto__": 1 }'))).toThrow('received "__proto__"');
  });

  it.each([{}, { coefficient: 0.9 }, { features: undefined }])(
    "names the option that %j lacks",
    (options) => {
      expect(() => check(options)).toThrow(
        new ArgumentError("vectorIResNet: expected the option features, received none"),
      );
    },
  );

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [0.01, "0.01"],
    ["features", '"features"'],
    [[2], "[2]"],
    [() => 2, "a function"],
    [Promise.resolve({ features: 2 }), "a promise; await it first"],
    [new Map([["features", 2]]), "an object of class Map"],
  ])("refuses %s in place of options", (options, shown) => {
    expect(() => check(options)).toThrow(
      new ArgumentError(
        `vectorIResNet: expected an object { features, coefficient?, hidden? }, received ${shown}`,
      ),
    );
  });
});

describe("OptionNames", () => {
  it("has every option of a type, and what is required", () => {
    expectTypeOf<OptionNames<Options>>().toEqualTypeOf<{
      readonly features: "required";
      readonly coefficient: "optional";
      readonly hidden: "optional";
    }>();
  });

  it("has the options of all members of a union; only what each of them requires is required", () => {
    type Either =
      { readonly terms: number; readonly probes: number } | { readonly law: string; readonly probes: number };
    expectTypeOf<OptionNames<Either>["probes"]>().toEqualTypeOf<"required">();
    const either: OptionNames<Either> = { terms: "optional", law: "optional", probes: "required" };
    expect(() => checkOptions<Either>("neumann", { law: "geometric", probes: 1 }, either)).not.toThrow();
  });
});
