import { FileFormatError, UnsupportedError, failFormat } from "@invertible/errors";
import { clone, dispose, tensor, tidy } from "@invertible/ops";
import type { NamedVariables } from "@invertible/ops";
import type { SafetensorsDtype, StoredTensor } from "./safetensors-types.ts";

const storedDtypes: Readonly<Record<string, SafetensorsDtype>> = {
  float32: "F32",
  int32: "I32",
  bool: "BOOL",
};

/**
 * Reads the values of variables as arrays. All values are those at the moment of the call, even where reading them back takes
 * time and a training step runs meanwhile.
 *
 * @throws UnsupportedError for a variable that is not float32, int32 or bool.
 */
export async function readVariables(variables: NamedVariables): Promise<Map<string, StoredTensor>> {
  const names = Object.keys(variables);
  const unknown = names.find((name) => storedDtypes[variables[name]!.dtype] === undefined);
  if (unknown !== undefined)
    throw new UnsupportedError(
      `${unknown}: expected float32, int32 or bool, received ${variables[unknown]!.dtype}`,
    );
  const frozen = tidy(() => names.map((name) => clone(variables[name]!)));
  try {
    const values = await Promise.all(frozen.map((value) => value.data()));
    return new Map(
      names.map((name, i) => {
        const { dtype, shape } = frozen[i]!;
        // Copied, because the cpu backend returns its own memory.
        return [name, { dtype: storedDtypes[dtype]!, shape: [...shape], data: values[i]!.slice() }];
      }),
    );
  } finally {
    dispose(frozen);
  }
}

/**
 * Checks that there is one array of the right type and shape for every variable, and no other array.
 *
 * @throws FileFormatError naming the first array that is missing, unexpected or different.
 */
export function checkVariables(
  where: string,
  variables: NamedVariables,
  stored: ReadonlyMap<string, StoredTensor>,
): void {
  for (const [name, { dtype, shape }] of Object.entries(variables)) {
    const at = `${where} tensor ${JSON.stringify(name)}`;
    const found = stored.get(name);
    const expected = `${storedDtypes[dtype]} [${shape.join(", ")}]`;
    const received = found === undefined ? "none" : `${found.dtype} [${found.shape.join(", ")}]`;
    if (received !== expected) throw new FileFormatError(`${at}: expected ${expected}, received ${received}`);
  }
  for (const name of stored.keys())
    if (!Object.hasOwn(variables, name)) failFormat(`${where} tensors`, "only those of the model", name);
}

/**
 * Sets every variable from its array, after `checkVariables`. The values are copied, so later changes to the arrays have no
 * effect.
 */
export function writeVariables(variables: NamedVariables, stored: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, variable] of Object.entries(variables)) {
    const { data } = stored.get(name)!;
    const values = data.slice() as Float32Array | Int32Array | Uint8Array;
    tidy(() => {
      variable.assign(tensor(values, variable.shape, variable.dtype as "float32" | "int32" | "bool"));
    });
  }
}
