import { describe, expect, it } from "vitest";
import { FileFormatError } from "./errors.ts";
import { readJsonObject } from "./json.ts";

const nested = (levels: number) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);

describe("readJsonObject", () => {
  it("reads an object", () => {
    expect(readJsonObject("file", '{ "a": [1, { "b": null }] }')).toEqual({ a: [1, { b: null }] });
    expect(() => readJsonObject("file", nested(200))).not.toThrow();
  });

  it.each([undefined, "", "{", "[]", "null", "3", '"{}"', "{'a': 1}"])("refuses %j", (text) => {
    expect(() => readJsonObject("loadFlow metadata", text)).toThrow(/^loadFlow metadata: expected .*JSON/);
  });

  it("refuses text that nests deeper than 200 levels before it parses it", () => {
    for (const levels of [201, 1e6]) {
      const deep = () => readJsonObject("loadFlow metadata", nested(levels));
      expect(deep).toThrow(FileFormatError);
      expect(deep).toThrow(/^loadFlow metadata: expected at most 200 levels, received "\{/);
    }
  });
});
