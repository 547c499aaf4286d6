import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onPath } from "./processes.mjs";
import { compile } from "./target.mjs";

const root = join(import.meta.dirname, "..");
const script = join(import.meta.dirname, "scripts", "get-check.js");
const autocannon = join(root, "node_modules", ".bin", "autocannon");

/** Run folders of benchmarks are nobody's history. */
const reports = mkdtempSync(join(tmpdir(), "loadline-bench-reports-"));
process.on("exit", () => rmSync(reports, { recursive: true, force: true }));

const environment = (load) =>
  Object.entries({ BASE_URL: load.url, RATE: load.rate, DURATION: `${load.seconds}s`, VUS: load.connections }).flatMap(
    ([name, value]) => ["-e", `${name}=${value}`],
  );

/** Our own run of the common script, its folder below `reportsDir`. */
export function loadlineWords(load, reportsDir) {
  const bin = join(root, "dist", "cli", "bin.js");
  return [
    process.execPath,
    bin,
    "run",
    script,
    ...environment(load),
    "--reports",
    reportsDir,
    "--quiet",
    "--no-history",
  ];
}

/** Each with the command that drives `{ url, rate, seconds, connections }`; ours first. `scripted` ones run the same script. */
const all = [
  {
    name: "loadline",
    scripted: true,
    at: () => [join(root, "dist", "cli", "bin.js")].find(existsSync),
    words: (_, load) => loadlineWords(load, reports),
  },
  {
    name: "k6",
    scripted: true,
    at: () => onPath("k6"),
    words: (path, load) => [path, "run", "--quiet", "--no-usage-report", ...environment(load), script],
  },
  {
    name: "wrk2",
    scripted: false,
    at: () => onPath("wrk2"),
    words: (path, { url, rate, seconds, connections }) => [
      path,
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      `-R${rate}`,
      `${url}/`,
    ],
  },
  {
    name: "hey",
    scripted: false,
    at: () => onPath("hey"),
    // Its rate is a worker's.
    words: (path, { url, rate, seconds, connections }) => [
      path,
      "-c",
      `${connections}`,
      "-q",
      `${rate / connections}`,
      "-z",
      `${seconds}s`,
      `${url}/`,
    ],
  },
  {
    name: "autocannon",
    scripted: false,
    at: () => (existsSync(autocannon) ? autocannon : onPath("autocannon")),
    words: (path, { url, rate, seconds, connections }) => [
      path,
      "-R",
      `${rate}`,
      "-c",
      `${connections}`,
      "-d",
      `${seconds}`,
      `${url}/`,
    ],
  },
];

/** Closed loops: no rate, as fast as answers come. What they reach is the most that any generator could. */
const closed = [
  {
    name: "wrk, closed loop",
    at: () => onPath("wrk"),
    words: (path, { url, seconds, connections }) => [path, "-t1", `-c${connections}`, `-d${seconds}s`, `${url}/`],
  },
  {
    name: "autocannon, closed loop",
    at: () => (existsSync(autocannon) ? autocannon : onPath("autocannon")),
    words: (path, { url, seconds, connections }) => [path, "-c", `${connections}`, "-d", `${seconds}`, `${url}/`],
  },
  {
    name: "hey, closed loop",
    at: () => onPath("hey"),
    words: (path, { url, seconds, connections }) => [path, "-c", `${connections}`, "-z", `${seconds}s`, `${url}/`],
  },
];

/** The least that a program can do here, in C: how late arrivals come without a generator's own part. */
export function floor() {
  if (onPath("cc") === undefined) return [];
  const { binary, remove } = compile("floor");
  process.on("exit", remove);
  const words = ({ url, rate, seconds, connections }) => [
    binary,
    new URL(url).port,
    ...[rate, seconds, connections].map(String),
  ];
  return [{ name: "floor (C)", words }];
}

/** The closed loops of this machine. */
export function closedLoops() {
  return closed.flatMap(({ name, at, words }) => {
    const path = at();
    return path === undefined ? [] : [{ name, words: (load) => words(path, load) }];
  });
}

/**
 * The generators of this machine, ours first.
 *
 * @throws where ours is not built
 */
export function generators() {
  const found = all.flatMap(({ name, scripted, at, words }) => {
    const path = at();
    return path === undefined ? [] : [{ name, scripted, words: (load) => words(path, load) }];
  });
  if (found[0]?.name !== "loadline") throw new Error("dist/ is not built: run npm run build first.");
  return found;
}

/** Names of those that were looked for and are not here. */
export function missingGenerators() {
  return all.filter(({ at }) => at() === undefined).map(({ name }) => name);
}
