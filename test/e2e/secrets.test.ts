import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { loadline, manifestOf, runFolder, scratch, scripts } from "./loadline.js";

const place = scratch();
afterAll(() => place.remove());

const server = `
const { createServer } = require("node:http");
const server = createServer((request, response) => {
  if (request.url.startsWith("/loop")) response.writeHead(302, { location: request.url });
  response.end("ok");
});
server.listen(0, "127.0.0.1", () =>
  console.log(JSON.stringify({ event: "listening", url: "http://127.0.0.1:" + server.address().port })));
`;

async function closedPort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Every file below a folder as text; what the page holds compressed is opened. */
function textsOf(folder: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(".png")) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "latin1");
    texts.set(path, text);
    const model = /id="model">([^<]*)</.exec(text)?.[1];
    if (model !== undefined) texts.set(`${path}#model`, inflateRawSync(Buffer.from(model, "base64")).toString("utf8"));
  }
  return texts;
}

test("no secret of script, options, labels or command reaches a file or an output", async () => {
  const { dir } = place;
  writeFileSync(join(dir, "server.cjs"), server);
  mkdirSync(join(dir, "out"));
  const ran = await loadline(
    [
      "run",
      join(scripts, "leaks.js"),
      ...["-e", `CLOSED=${await closedPort()}`, "-e", "API_TOKEN=s3cret-env"],
      ...["--label", "token=s3cret-label", "--label", "from=https://ann:s3cret-label-url@ci.example/"],
      ...["--command", `api=${process.execPath} server.cjs --password s3cret-word --dsn=pg://ann:s3cret-dsn@db/x`],
      ...["--tag", "session=s3cret-flag-tag"],
      ...["--summary-export", join(dir, "out", "summary.json"), "--out", `json=${join(dir, "out", "samples.json")}`],
    ],
    dir,
    // The test runner has a variable of that name, which would take the place of the target's own address.
    { BASE_URL: undefined },
  );
  const folder = runFolder(dir, "leaks");
  const reported = await loadline(
    ["report", folder, "--junit", join(dir, "out", "junit.xml"), "--markdown", join(dir, "out", "comment.md")],
    dir,
  );
  const asJson = await loadline(["report", folder, "--json"], dir);
  expect(reported.code, reported.stderr).toBe(0);

  const texts = new Map(["reports", "baselines", "out"].flatMap((name) => [...textsOf(join(dir, name))]));
  for (const [name, outcome] of Object.entries({ ran, reported, asJson })) {
    texts.set(`${name} stdout`, outcome.stdout);
    texts.set(`${name} stderr`, outcome.stderr);
  }
  const leaks = [...texts].flatMap(([name, text]) =>
    [...text.matchAll(/.{0,60}(s3cret[\w-]*|ss@127).{0,10}/g)].slice(0, 3).map((match) => `${name}: ${match[0]}`),
  );
  expect(leaks).toEqual([]);

  // The test proves nothing unless the rest was kept: each place has its mask.
  const manifest = manifestOf(folder);
  const series = Object.keys(manifest.totals);
  expect(series.join("\n")).toContain("/items?access_token=***&page=2");
  expect(series).toContain("http_req_duration{name:http://***@shop.example/x?api_key=***}");
  expect(manifest.thresholds.map(({ metric, observed }) => [metric, observed !== null])).toEqual([
    ["http_req_duration{name:http://***@shop.example/x?api_key=***}", true],
    ["http_reqs{session:***}", true],
  ]);
  expect(manifest.labels).toMatchObject({ token: "***", from: "https://***@ci.example/" });
  expect(manifest.command.join(" ")).toContain("server.cjs --password *** --dsn=pg://***@db/x");
  expect(manifest.summary?.root_group.groups[0]?.checks).toMatchObject([{ name: "answers /items?api_key=***" }]);
  expect(manifest.warnings.join("\n")).toMatch(/failed: .*\n?/);
  expect(ran.stderr).toContain("login failed: Bearer ***");
  expect(ran.stderr).toContain('"password":"***"');
}, 60_000);
