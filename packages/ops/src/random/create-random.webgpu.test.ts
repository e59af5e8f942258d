import { describeRandomNumbers } from "../../test-support/random-numbers.ts";

describeRandomNumbers("webgpu");
