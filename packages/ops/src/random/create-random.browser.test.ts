import { describeRandomNumbers } from "../../test-support/random-numbers.ts";
import { startWasmInBrowser } from "../../test-support/start-wasm-in-browser.ts";
// The published vectors of the cipher, which need no backend.
import "./threefry.test.ts";

describeRandomNumbers("wasm", startWasmInBrowser);
describeRandomNumbers("webgpu");
