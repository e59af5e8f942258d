import { describeRandomNumbers } from "./random-numbers.test-support.ts";

describeRandomNumbers("webgpu");
