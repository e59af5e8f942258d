import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@invertible/source"] },
  ssr: { resolve: { conditions: ["@invertible/source"] } },
  test: {
    projects: ["packages/*", "apps/*"],
    testTimeout: 60_000,
  },
});
