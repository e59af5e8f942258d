import { UsageError } from "../cli/usage-error.ts";

/** Where the queue is, and how to get in. */
export interface QueueAddress {
  /** Without its password, for messages. */
  readonly shown: string;
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly db: number;
    readonly username?: string;
    readonly password?: string;
    readonly tls?: { readonly servername: string };
  };
  /** What a child process needs in its environment to find the same address. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Names the environment variables that take the place of what nobody should read in a list of processes. */
export const environmentNames = {
  url: "INVERTIBLE_QUEUE",
  password: "INVERTIBLE_QUEUE_PASSWORD",
} as const;

const expected = "redis://host:port, or rediss://host:port with TLS";

/**
 * The address that was given with `--queue`, or that stands in the environment where it was given without a value.
 *
 * @throws UsageError for a URL of another kind, and for a password on the command line, which every user of the machine can read
 */
export function readAddress(
  given: string | true,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): QueueAddress {
  const { url: name, password: passwordName } = environmentNames;
  const text = given === true ? environment[name] : given;
  const where = given === true ? name : "--queue";
  if (!text)
    throw new UsageError(`--queue: expected ${expected}, or ${name} in the environment, received none`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What is no URL may still hold a password.
  if (!url || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "")
    throw new UsageError(`${where}: expected ${expected}, received another kind of address`);
  if (given !== true && url.password !== "")
    throw new UsageError(
      `--queue: expected an address without a password, which every user of this machine could read in its list of processes, received one with a password (set ${passwordName}, or set ${name} to the whole address and give --queue without a value)`,
    );
  const database = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (database === undefined || url.search !== "" || url.hash !== "")
    throw new UsageError(
      `${where}: expected nothing behind the port but the number of a database, received ${url.pathname}${url.search}${url.hash}`,
    );
  const password = decodeURIComponent(url.password) || environment[passwordName];
  const port = url.port === "" ? 6379 : Number(url.port);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === "" ? "" : `/${database}`}`,
    connection: {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port,
      db: Number(database),
      ...(url.username !== "" && { username: decodeURIComponent(url.username) }),
      ...(password && { password }),
      ...(url.protocol === "rediss:" && { tls: { servername: url.hostname } }),
    },
    environment: { [name]: text },
  };
}
