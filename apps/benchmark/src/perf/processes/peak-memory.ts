import { readFileSync } from "node:fs";

/**
 * The most memory that this process has occupied (its resident set), in bytes. On Linux it is read from the kernel's account of
 * this program, because `resourceUsage` also counts what the process was before it became this program.
 */
export function peakMemory(): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS * 1024;
}
