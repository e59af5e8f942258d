// Stands for `#gradients` wherever the condition "node" is not given: bundlers leave the rest of `@tensorflow/tfjs` away.
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
