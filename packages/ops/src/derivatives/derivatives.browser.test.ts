import { wasmPaths } from "../../test-support/wasm-paths.ts";
import { describeDerivatives } from "../../test-support/derivative-table.ts";

describeDerivatives("wasm", { wasmPaths });
describeDerivatives("webgpu");
