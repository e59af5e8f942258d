/** The same claims as under Node, in a real browser. */
import "./residual-block.webgpu.test.ts";
