/** 83 -> "1:23" */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A value with as many decimals as its standard error supports: "2.784 ± 0.012". */
export function formatWithError(value: number, error: number): string {
  return `${value.toFixed(decimalsOf(error))} ± ${formatError(error)}`;
}

/** A standard error alone, with two significant digits: "0.012". */
export function formatError(error: number): string {
  return error.toFixed(decimalsOf(error));
}

const decimalsOf = (error: number) =>
  error > 0 ? Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(error)))) : 3;

/** Small errors: "1.2e-6", and plain 0. */
export function formatSmall(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** Three significant digits, never scientific: "0.084", "12.3", "631". */
export function formatMilliseconds(value: number): string {
  if (value === 0) return "0";
  const decimals = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(value))));
  return value.toFixed(decimals);
}

export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}
