import { wasmPaths } from "./backend/wasm-paths.test-support.ts";
import { describeDerivatives } from "./derivative-table.test-support.ts";

describeDerivatives("wasm", { wasmPaths });
describeDerivatives("webgpu");
