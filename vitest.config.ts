import { defineConfig } from "vitest/config";

const folders = (...names: string[]) => names.map((name) => `test/${name}/**/*.test.ts`);
const e2e = (...names: string[]) => names.map((name) => `test/e2e/${name}.test.ts`);

// Their figures are claims about time: side by side they would measure one another.
const timed = [
  ...folders("load", "demo", "bench"),
  "test/monitor/!(command|restart)*.test.ts",
  ...e2e(
    "run",
    "executors",
    "checklist-faults",
    "checklist-measurements",
    "faults",
    "baseline",
    "capacity",
    "doctor",
    "nginx",
  ),
];
// Real processes, which mostly wait: three files at a time, and whatever a busy machine does to their runs is allowed for.
const processes = [...folders("e2e", "corpus", "harness", "probe", "monitor")];

// These count on modules that nobody has used before: what is read once a thread, and a file system of their own.
const apart = ["test/k6/ws-proxy.test.ts", "test/record/append-log.test.ts"];

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
          exclude: [...timed, ...processes, ...apart],
          maxWorkers: 2,
          // To load every module anew for each file would cost a third of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "apart", include: apart, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: "processes",
          include: processes,
          exclude: timed,
          maxWorkers: 3,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: "timed", include: timed, fileParallelism: false, sequence: { groupOrder: 3 } },
      },
    ],
  },
});
