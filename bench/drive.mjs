import { gapsUs, latenessUs, quantileOf } from "./arrivals.mjs";
import { measureProcess } from "./processes.mjs";

/** Generators and the server do not share a core. */
export const cores = { generator: 0, target: 1 };

/**
 * One load from one generator, as the server saw it and as the system paid for it.
 *
 * @param {{ rate: number, seconds: number, connections: number, settleSeconds?: number }} load arrivals of the first
 * `settleSeconds` are left out: connections are opened then, and code is compiled
 * @returns figures by name; times in microseconds
 */
export async function drive(generator, target, load) {
  await target.reset();
  const { code, cpuSeconds, rssMaxBytes, output } = await measureProcess(
    generator.words({ ...load, url: target.url }),
    {
      core: cores.generator,
      timeoutMs: (load.seconds + 60) * 1000,
    },
  );
  const stamps = await target.stamps();
  if (stamps.length === 0)
    throw new Error(`${generator.name} reached the server with no request:\n${output.slice(-2000)}`);
  const settledNs = stamps[0] + BigInt(Math.round((load.settleSeconds ?? 0) * 1e9));
  const seen = stamps.filter((stamp) => stamp >= settledNs);
  const late = latenessUs(seen, load.rate);
  const gaps = gapsUs(seen);
  return {
    arrivals: seen.length,
    lateP50: quantileOf(late, 0.5),
    lateP99: quantileOf(late, 0.99),
    lateMax: quantileOf(late, 1),
    gapP1: quantileOf(gaps, 0.01),
    gapP50: quantileOf(gaps, 0.5),
    gapP99: quantileOf(gaps, 0.99),
    cpuSeconds,
    rssMB: rssMaxBytes / 1e6,
    exitCode: code,
  };
}
