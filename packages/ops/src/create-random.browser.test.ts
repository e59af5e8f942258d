import { wasmPaths } from "./backend/wasm-paths.test-support.ts";
import { describeRandomNumbers } from "./random-numbers.test-support.ts";
// The published vectors of the cipher, which need no backend.
import "./threefry.test.ts";

describeRandomNumbers("wasm", { wasmPaths });
describeRandomNumbers("webgpu");
