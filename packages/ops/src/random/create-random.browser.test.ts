import { wasmPaths } from "../../test-support/wasm-paths.ts";
import { describeRandomNumbers } from "../../test-support/random-numbers.ts";
// The published vectors of the cipher, which need no backend.
import "./threefry.test.ts";

describeRandomNumbers("wasm", { wasmPaths });
describeRandomNumbers("webgpu");
