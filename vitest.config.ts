import { defineConfig } from "vitest/config";

// Load runs and timings share two cores: in parallel they would measure one another.
const alone = ["e2e", "corpus", "load", "monitor", "demo", "harness", "probe", "bench"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    testTimeout: 20_000,
    // A neighbour on the same host can starve a generator for a moment: such a run is rightly invalid, and made again.
    retry: process.env.CI === undefined ? 0 : 2,
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          include: ["test/**/*.test.ts"],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "whole", include: alone, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
