/** The same claims as under Node, in a real browser. */
import "./solve-contraction.webgpu.test.ts";
