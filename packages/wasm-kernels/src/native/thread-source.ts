/**
 * What a thread runs, as text: a worker that needs no file of its own works with every bundler, as the workers of TensorFlow.js do.
 *
 * It instantiates the native kernels in the memory of the backend and takes parts of jobs until it is terminated. `slots` says where in the
 * control block what stands, see `Threads`.
 */
export const threadSource = `
onmessage = ({ data: { module, memory, control, names, slots } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = names.map((name) => exports[name]);
  Atomics.add(control, slots.ready, 1);
  for (;;) {
    const ticket = Atomics.load(control, slots.ticket);
    const part = ticket & 255;
    if (part >= ((ticket >> 8) & 255)) {
      Atomics.wait(control, slots.ticket, ticket);
    } else if (Atomics.compareExchange(control, slots.ticket, ticket, ticket + 1) === ticket) {
      const from = slots.values + part * control[slots.count];
      try {
        kernels[control[slots.kernel]](...control.subarray(from, from + control[slots.count]));
      } catch {
        Atomics.store(control, slots.failed, 1);
      }
      Atomics.add(control, slots.helped, 1);
      Atomics.sub(control, slots.open, 1);
    }
  }
};
`;
