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

  it("does not count what stands in strings", () => {
    expect(readJsonObject("file", `{"a":"${"[".repeat(1000)}\\\\"}`)).toEqual({ a: `${"[".repeat(1000)}\\` });
    expect(readJsonObject("file", `{"a":"\\"${"{:".repeat(1e6)}"}`)).toEqual({ a: `"${"{:".repeat(1e6)}` });
  });

  it("refuses text of more parts than memory should hold before it parses it", () => {
    const parts = (count: number) => `{"a":[${"[],".repeat(count)}1]}`;
    expect(() => readJsonObject("file", parts(249_997))).not.toThrow();
    expect(() => readJsonObject("file", parts(249_998))).toThrow(
      /^file: expected at most 250000 objects, arrays and members, received "\{.{100,200}\.\.\.$/,
    );
  });

  it("refuses lists that would take many times their text", () => {
    const list = (count: number) => `{"a":[${"1,".repeat(count - 1)}1]}`;
    expect(() => readJsonObject("file", list(1_000_000))).not.toThrow();
    expect(() => readJsonObject("file", list(1_000_001))).toThrow(
      /^file: expected at most 1000000 values, rec/,
    );
  });

  it("refuses text that nests deeper than 200 levels before it parses it", () => {
    for (const levels of [201, 1e6]) {
      const deep = () => readJsonObject("loadFlow metadata", nested(levels));
      expect(deep).toThrow(FileFormatError);
      expect(deep).toThrow(/^loadFlow metadata: expected at most 200 levels, received "\{/);
    }
  });
});
