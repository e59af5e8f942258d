import { describe, expect, it } from "vitest";
import { environmentNames, readAddress } from "./address.ts";

const { url, password } = environmentNames;

describe("readAddress", () => {
  it("reads host, port, database and user, and takes the password from the environment", () => {
    const { shown, connection } = readAddress("redis://me@server:7000/3", { [password]: "secret" });
    expect(connection).toEqual({ host: "server", port: 7000, db: 3, username: "me", password: "secret" });
    expect(shown).toBe("redis://server:7000/3");
    expect(readAddress("redis://server", {}).connection).toEqual({ host: "server", port: 6379, db: 0 });
    expect(readAddress("redis://[::1]:7000", {}).connection.host).toBe("::1");
  });

  it("takes the whole address from the environment, and shows it without its password", () => {
    const { shown, connection, environment } = readAddress(true, { [url]: "rediss://:p%40ss@server:1" });
    expect(connection).toMatchObject({ password: "p@ss", tls: { servername: "server" } });
    expect(shown).toBe("rediss://server:1");
    expect(readAddress(true, environment).connection).toEqual(connection);
  });

  it("refuses what is no address, and a password that everybody can read", () => {
    const refused = (given: string | true, environment = {}) => {
      try {
        readAddress(given, environment);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(refused(true)).toBe(
      "--queue: expected redis://host:port, or rediss://host:port with TLS, or INVERTIBLE_QUEUE in the environment, received none",
    );
    for (const wrong of ["server:6379", "http://server", "redis://", ""])
      expect(refused(wrong)).toMatch(/^--queue: expected redis:\/\/host:port/);
    expect(refused("redis://server/tables")).toMatch(/number of a database, received \/tables$/);
    const told = refused("redis://:secret@server");
    expect(told).toMatch(/^--queue: expected an address without a password/);
    expect(told).not.toContain("secret");
    expect(refused(true, { [url]: "redis:secret" })).not.toContain("secret");
  });
});
