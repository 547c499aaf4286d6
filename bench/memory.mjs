import { median } from "./arrivals.mjs";
import { runLoadline } from "./loadline-run.mjs";

/** Start and warm-up of the compiler are no growth. */
const warmUpShare = 0.2;

/**
 * Growth of memory after the warm-up: the median of the last fifth less the median of the first fifth.
 *
 * @param {readonly number[]} samples bytes, evenly spaced over the run
 */
export function growthOf(samples) {
  const after = samples.slice(Math.floor(samples.length * warmUpShare));
  const fifth = Math.max(1, Math.floor(after.length / 5));
  return median(after.slice(-fifth)) - median(after.slice(0, fifth));
}

async function grow(target, seconds) {
  await target.reset();
  const { rss, rssMaxBytes, folderBytes, manifest } = await runLoadline({
    url: target.url,
    rate: 1000,
    seconds,
    connections: 50,
  });
  return {
    growthMB: growthOf(rss) / 1e6,
    rssMB: rssMaxBytes / 1e6,
    folderMB: folderBytes / 1e6,
    arrivals: manifest.load.started,
  };
}

/** A long run at 1,000/s: what it keeps in memory and on disk. `--seconds 3600` for an hour. */
export const memory = {
  title: "Memory and run folder, 1,000/s",
  columns: {
    growthMB: "growth after warm-up MB",
    rssMB: "RSS max MB",
    folderMB: "run folder MB",
    arrivals: "arrivals",
  },
  ratio: "rssMB",
  seconds: 900,
  cases: (target, seconds) => [{ name: "loadline", run: () => grow(target, seconds) }],
};
