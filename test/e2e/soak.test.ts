import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { demoTarget, hasProc, loadline, manifestOf, runFolder, scratch, scripts } from "./loadline.js";

const here = scratch();
const servers: Server[] = [];
afterAll(() => {
  here.remove();
  for (const server of servers) server.close();
});

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.skipIf(!hasProc)(
  "sources that are no use are told of as events, and the load goes on as planned",
  async () => {
    const target = await demoTarget();
    const line = "metric_of_no_use 1\n".repeat(1000);
    const sources = {
      html: await serving((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>hello")),
      huge: await serving((_, response) => {
        let left = 50e6 / line.length;
        const write = (): void => {
          while (left-- > 0 && !response.destroyed)
            if (!response.write(line)) return void response.once("drain", write);
          response.end();
        };
        write();
      }),
      odd: await serving((_, response) =>
        response.end("process_resident_memory_bytes NaN\nprocess_open_fds +Inf\nprocess_threads -Inf\n"),
      ),
      down: "http://127.0.0.1:1/metrics",
    };
    const given = Object.entries(sources).flatMap(([name, url]) => ["--metrics-url", `${name}=${url}`]);
    const ends = `ends=${process.execPath} -e "console.log(1);setTimeout(()=>{},4000)"`;
    const { code, stderr, stdout } = await loadline(
      [
        ...["run", join(scripts, "get.js"), "-e", `BASE_URL=${target.url}`, "-d", "6s", "-u", "1"],
        ...[...given, "--command", ends, "--prometheus", "http://127.0.0.1:1", "--query", "rss=up", "--no-history"],
      ],
      here.dir,
    );
    await target.stop();
    expect(code, stderr).toBe(0);
    const manifest = manifestOf(runFolder(here.dir, "get"));
    expect(manifest.status).toBe("complete");
    const eventsOf = (name: string) =>
      manifest.resources.find(({ source }) => source === name)!.events.map(({ event }) => event);
    expect(eventsOf("html")).toEqual(["unavailable: the page is HTML, not metrics"]);
    expect(eventsOf("huge")).toEqual(["unavailable: an answer of more than 8 MB"]);
    expect(eventsOf("odd")).toEqual([]);
    expect(eventsOf("down")).toEqual(["unavailable: connection refused"]);
    expect(eventsOf("prometheus")).toEqual(["rss unavailable: connection refused"]);
    expect(eventsOf("ends")).toEqual(["gone"]);
    expect(stdout).toContain("html at 0ms: unavailable: the page is HTML, not metrics");
    // What no number can say is not in the record.
    expect(readFileSync(join(runFolder(here.dir, "get"), "resources.ndjson"), "utf8")).not.toMatch(/NaN|Infinity|null/);
  },
  60_000,
);

test.each([
  [["--pid", "4194305"], /no process 4194305/],
  [["--pid", "abc"], /pid/],
  [["--cgroup", "/no/such/group"], /no control group/],
  [["--metrics-url", "nonsense"], /needs a URL/],
  [["--prometheus", "http://127.0.0.1:1"], /at least one query/],
  [["--stop-when", "memory < 1"], /no rule to stop by/],
])(
  "%j ends the command before any load, with the reason",
  async (flags, words) => {
    const { code, stderr } = await loadline(
      ["run", join(scripts, "get.js"), "-e", "BASE_URL=http://127.0.0.1:1", "-d", "1s", "-u", "1", ...flags],
      here.dir,
    );
    expect(stderr).toMatch(words);
    expect(code).not.toBe(0);
    expect(code).not.toBe(99);
  },
  30_000,
);
