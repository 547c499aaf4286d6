// npm run bench -- pairs ab-sittings: real runs of the demo target on this machine, through the product's own commands.
//
// Pairs of identical sets of runs (how many are called regressed: none should be), pairs with a target 10 % slower, and ab
// of the target against itself and against one 8 % slower. Hours at full length: --trials and --seconds shorten it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const bin = join(import.meta.dirname, "../dist/cli/bin.js");
const run = promisify(execFile);
const rate = 200;
const runsASide = 5;
/** Of an ab sitting. */
const sessions = 5;
// What a verdict may end with; anything else is a broken bench.
const verdictCodes = [0, 111, 112];
/** How often a run is made whose generator the machine disturbed too much. */
const mostAttempts = 4;

const usualSeconds = 20;
const place = `the demo target at ${rate}/s, ${availableParallelism()} cores; noisy where others work on it`;

const script = (seconds) => `import http from "k6/http";
export const options = { scenarios: { load: { executor: "constant-arrival-rate", rate: ${rate}, timeUnit: "1s",
  duration: "${seconds}s", preAllocatedVUs: 50 } } };
export default () => { http.get(\`\${__ENV.BASE_URL}/api/items\`, { tags: { name: "items" } }); };
`;

/** Runs a command to its end; the verdict is in what it prints. */
async function loadline(words, cwd, timeoutMs, codes = [0]) {
  try {
    const { stdout } = await run(process.execPath, [bin, ...words], { cwd, timeout: timeoutMs, maxBuffer: 1 << 28 });
    return stdout;
  } catch (error) {
    if (codes.includes(error.code)) return error.stdout;
    throw new Error(`loadline ${words[0]} ended with ${error.code ?? error.signal}: ${error.stderr}`);
  }
}

async function startDemo(scale) {
  const child = spawn(process.execPath, [bin, "demo-target", "--port", "0", "--latency-scale", String(scale)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface(child.stdout);
  const url = await Promise.race([
    new Promise((tell) => {
      lines.on("line", (line) => {
        if (line.includes('"listening"')) tell(JSON.parse(line).url);
      });
    }),
    ended.then(() => {
      throw new Error("The demo target did not start.");
    }),
  ]);
  return {
    url,
    pid: child.pid,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

/** Five runs of a target of its own launch each, in one group. */
async function sideOf(cwd, scale, seconds) {
  const before = new Set(foldersIn(cwd));
  const made = [];
  for (let tries = 1; made.length < runsASide; tries += 1) {
    const target = await startDemo(scale);
    const watched = ["--pid", `target=${target.pid}`];
    const words = [
      "run",
      "load.js",
      "-e",
      `BASE_URL=${target.url}`,
      ...watched,
      "--warm-up",
      "2s",
      "-q",
      "--no-summary",
    ];
    try {
      await loadline([...words, "--no-history"], cwd, 1000 * (seconds + 120), verdictCodes);
    } finally {
      await target.stop();
    }
    const id = foldersIn(cwd).find((one) => !before.has(one));
    if (id === undefined) throw new Error("A run left no folder.");
    before.add(id);
    const { validity } = JSON.parse(readFileSync(join(cwd, "reports/load", id, "run.json"), "utf8"));
    if (validity.state !== "invalid") {
      made.push(id);
      tries = 0;
    } else if (tries === mostAttempts) {
      throw new Error(
        `${mostAttempts} runs in a row were invalid: ${validity.reasons.map(({ text }) => text).join(" ")}`,
      );
    }
  }
  return made;
}

function foldersIn(cwd) {
  try {
    return readdirSync(join(cwd, "reports/load")).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

/** What comparing one set of runs with another, which becomes a baseline for it, says. */
async function compared(cwd, name, baseline, candidate) {
  await loadline(["baseline", "accept", ...baseline, "--name", name, "--by", "bench"], cwd, 60_000);
  const words = ["compare", ...candidate, "--against", name, "--no-history", "--json"];
  return JSON.parse(await loadline(words, cwd, 60_000, verdictCodes));
}

async function sitting(cwd, seed, scale, seconds) {
  const command = (by) => `"${process.execPath}" "${bin}" demo-target --port 0 --latency-scale ${by}`;
  const words = ["ab", "load.js", "--command-a", command(1), "--command-b", command(scale), "--warm-up", "2s"];
  const more = ["--sessions", String(sessions), "--seed", String(seed), "-q", "--json"];
  return JSON.parse(await loadline([...words, ...more], cwd, 1000 * 2 * sessions * (seconds + 60), verdictCodes))
    .comparison;
}

/** A bad hour of the machine must not cost the hours before it: what cannot be measured is told and counted. */
async function attempt(measure) {
  try {
    return await measure();
  } catch (error) {
    return { verdict: "unmeasured", reason: error.message, rows: [] };
  }
}

/** A row: how often which word was said, and the p95's change with its interval in every trial. */
function rowOf(claim, comparisons, expected) {
  const words = ["regressed", "inconclusive", "pass", "improved", "unmeasured"];
  const counts = words.map((word) => [word, comparisons.filter(({ verdict }) => verdict === word).length]);
  const percent = (ratio) => (100 * ratio).toFixed(1);
  const changes = comparisons.map(({ rows }) => {
    const row = rows.find((one) => one.gating && one.statistic === "p(95)");
    if (row?.interval == null) return "not judged";
    return `${percent(row.change)} (${percent(row.interval.low)} to ${percent(row.interval.high)}) %`;
  });
  const regressed = counts[0][1];
  return {
    claim,
    goal: expected === "none" ? "0 regressed" : "regressed",
    found: counts
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`)
      .join(", "),
    // A row of nothing but unmeasured trials has shown nothing.
    met:
      expected === "none"
        ? regressed === 0 && comparisons.some(({ rows }) => rows.length > 0)
        : regressed === comparisons.length,
    also: `p95 ${changes.join("; ")}`,
  };
}

/** Calls with a scratch folder that holds the script. */
async function inFolder(seconds, use) {
  const cwd = mkdtempSync(join(tmpdir(), "loadline-sittings-"));
  try {
    mkdirSync(join(cwd, "reports"));
    writeFileSync(join(cwd, "load.js"), script(seconds));
    return await use(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/**
 * A chain of sets: usual, usual, slower, usual, usual, slower, … A usual one is compared with the usual one before it and
 * the one after it, a slower one with those beside it: half of the hours that sets of their own would take, and pairs
 * that are not independent. A slow phase of the machine can make one identical pair regressed and the next improved; it
 * cannot be counted as regressed twice.
 */
async function pairs(trials, progress, seconds) {
  return inFolder(seconds, async (cwd) => {
    const same = [];
    const slower = [];
    let sets = 0;
    const next = async (scale) => {
      const made = await attempt(async () => ({ runs: await sideOf(cwd, scale, seconds) }));
      sets += 1;
      return { name: `set-${sets}`, ...made };
    };
    const judge = async (list, scale, baseline, candidate) => {
      const unmade = [baseline, candidate].find(({ runs }) => runs === undefined);
      const found =
        unmade ?? (await attempt(() => compared(cwd, `${baseline.name}-${sets}`, baseline.runs, candidate.runs)));
      list.push(found);
      progress(`pair ${list.length} of ${trials}, latency × ${scale}: ${found.verdict}: ${found.reason}`);
    };
    let before = await next(1);
    while (same.length < trials || slower.length < trials) {
      const usual = await next(1);
      if (same.length < trials) await judge(same, 1, before, usual);
      const slow = await next(1.1);
      if (slower.length < trials) await judge(slower, 1.1, usual, slow);
      before = await next(1);
      if (slower.length < trials) await judge(slower, 1.1, before, slow);
      if (same.length < trials) await judge(same, 1, usual, before);
    }
    const claim = (scale) => `${trials} pairs of ${runsASide} runs of ${seconds} s, latency × ${scale}`;
    return [rowOf(claim(1), same, "none"), rowOf(claim(1.1), slower, "some")];
  });
}

async function abSittings(trials, progress, seconds) {
  return inFolder(seconds, async (cwd) => {
    const found = { 1: [], 1.08: [] };
    // In turn, so that a slow phase of the machine meets both.
    for (let i = 1; i <= trials; i += 1) {
      for (const scale of [1, 1.08]) {
        const one = await attempt(() => sitting(cwd, i, scale, seconds));
        found[scale].push(one);
        progress(`sitting ${i} of ${trials}, latency × ${scale}: ${one.verdict}: ${one.reason}`);
      }
    }
    const claim = (scale) => `${trials} sittings of ${sessions} sessions of ${seconds} s, latency × ${scale}`;
    return [rowOf(claim(1), found[1], "none"), rowOf(claim(1.08), found[1.08], "some")];
  });
}

/** What `npm run bench` calls: `simulate(trials, progress, seconds of each run)`. */
export const pairsBenchmark = {
  title: `Pairs of sets of runs: ${place}`,
  usualTrials: 20,
  usualSeconds,
  simulate: pairs,
};
export const abBenchmark = { title: `loadline ab: ${place}`, usualTrials: 10, usualSeconds, simulate: abSittings };
