import { drive } from "./drive.mjs";
import { floor, generators } from "./generators.mjs";
import { startTarget } from "./target.mjs";

const load = { rate: 1000, seconds: 15, connections: 50 };

/** 1,000 requests a second: how late do they arrive at the server, and what does it cost? */
export const lateness = {
  title: `Lateness of arrival at the server, ${load.rate}/s for ${load.seconds} s, ${load.connections} connections`,
  columns: {
    arrivals: "arrivals",
    lateP50: "late p50 µs",
    lateP99: "late p99 µs",
    lateMax: "late max µs",
    gapP1: "gap p1 µs",
    gapP50: "gap p50 µs",
    gapP99: "gap p99 µs",
    cpuSeconds: "CPU s",
    rssMB: "RSS max MB",
  },
  ratio: "lateP99",
  start: (options) => startTarget({ ...options, awake: true }),
  cases: (target) =>
    [...generators(), ...floor()].map((one) => ({ name: one.name, run: () => drive(one, target, load) })),
};
