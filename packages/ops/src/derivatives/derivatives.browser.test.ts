import { describeDerivatives } from "../../test-support/derivative-table.ts";
import { startWasmInBrowser } from "../../test-support/start-wasm-in-browser.ts";

describeDerivatives("wasm", startWasmInBrowser);
describeDerivatives("webgpu");
