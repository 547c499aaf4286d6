import { drive } from "./drive.mjs";
import { generators } from "./generators.mjs";

const short = { rate: 1000, seconds: 5, connections: 50 };
const long = { rate: 1000, seconds: 20, connections: 50 };

/** What a request costs the generator: the difference of a long and a short run, so that starting up does not count. */
async function costOf(generator, target) {
  const a = await drive(generator, target, short);
  const b = await drive(generator, target, long);
  return {
    cpuUsPerRequest: ((b.cpuSeconds - a.cpuSeconds) / (b.arrivals - a.arrivals)) * 1e6,
    cpuSeconds: b.cpuSeconds,
    rssMB: b.rssMB,
  };
}

export const cpu = {
  title: "CPU of the generator a request at 1,000/s, start-up not counted",
  columns: { cpuUsPerRequest: "CPU µs a request", cpuSeconds: "CPU s of 20 s", rssMB: "RSS max MB" },
  ratio: "cpuUsPerRequest",
  cases: (target) => generators().map((one) => ({ name: one.name, run: () => costOf(one, target) })),
};
