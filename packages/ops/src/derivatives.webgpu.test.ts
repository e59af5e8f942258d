import { describeDerivatives } from "./derivative-table.test-support.ts";

describeDerivatives("webgpu");
