import { describeDerivatives } from "../../test-support/derivative-table.ts";

describeDerivatives("webgpu");
