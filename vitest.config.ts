import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    // Load runs share two cores: files in parallel would measure one another.
    fileParallelism: false,
    // A neighbour on the same host can starve a generator for a moment: such a run is rightly invalid, and made again.
    retry: process.env.CI === undefined ? 0 : 2,
  },
});
