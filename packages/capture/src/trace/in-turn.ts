let last: Promise<unknown> = Promise.resolve();

/** Runs a task after those before it. Trainings and functions record in turn, because one recording runs at a time. */
export function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const own = last.then(task);
  last = own.catch(() => {});
  return own;
}
