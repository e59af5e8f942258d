/** A set-up step failed in a way its message explains; no stack trace helps. */
export class SetUpError extends Error {}
