import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readRun } from "../../src/record/reader.js";
import { freePort } from "../free-port.js";
import { loadline, runFolder, scratch } from "./loadline.js";

const hasNginx = spawnSync("nginx", ["-v"]).status === 0;
const place = scratch();
afterAll(() => place.remove());

test.skipIf(!hasNginx)(
  "against nginx: its access log, the interval log and http_reqs hold the same number (needs nginx)",
  async () => {
    const { dir } = place;
    const port = await freePort();
    // The worker runs as another user, who must be able to read.
    chmodSync(dir, 0o755);
    mkdirSync(join(dir, "html"));
    writeFileSync(join(dir, "html/index.html"), "hello\n");
    writeFileSync(
      join(dir, "nginx.conf"),
      `pid ${dir}/nginx.pid; error_log ${dir}/error.log; worker_processes 1; events {}
     http { access_log ${dir}/access.log; keepalive_requests 1000000; server { listen 127.0.0.1:${port}; root ${dir}/html; } }`,
    );
    expect(spawnSync("nginx", ["-p", dir, "-c", join(dir, "nginx.conf")]).status).toBe(0);
    const pid = readFileSync(join(dir, "nginx.pid"), "utf8").trim();
    try {
      const script = join(import.meta.dirname, "../../scenarios/api-baseline.ts");
      const variables = [`BASE_URL=http://127.0.0.1:${port}`, "PATHS=/", "DURATION=5s", "RATE=500"];
      const args = ["run", script, ...variables.flatMap((one) => ["-e", one]), "--pid", pid, "-q"];
      const { code, stderr, stdout } = await loadline(args, dir);
      expect(code, stderr + stdout).toBe(0);
      const record = readRun(runFolder(dir, "api-baseline"));
      const logged = record.histories
        .get("http_req_duration")!
        .lines.reduce((sum, line) => sum + line.histogram.count, 0);
      expect(record.manifest.load).toMatchObject({ plannedArrivals: 2500, started: 2500, dropped: 0 });
      expect(record.manifest.summary!.metrics.http_reqs!.values.count).toBe(2500);
      expect(logged).toBe(2500);
      expect(readFileSync(join(dir, "access.log"), "utf8").trim().split("\n")).toHaveLength(2500);
      // The master forks a worker: both are the target.
      expect(record.resources.some((sample) => (sample.processes ?? 0) >= 2)).toBe(true);
    } finally {
      spawnSync("nginx", ["-p", dir, "-c", join(dir, "nginx.conf"), "-s", "stop"]);
    }
  },
);
