import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleScript } from "../../src/script/bundle.js";
import { vendorScript } from "../../src/script/vendor.js";

let server: Server;
let base: string;
let folder: string;
let asked: string[];
let texts: Record<string, string>;

beforeEach(async () => {
  asked = [];
  texts = {
    "/lib/index.js": 'import { two } from "./two.js";\nexport const answer = () => two() + 40;\n',
    "/lib/two.js": "export const two = () => 2;\n",
  };
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const text = texts[request.url ?? ""];
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), "vendor-test-"));
  // A lock of its own beside the script: the current folder is left alone.
  writeFileSync(join(folder, "loadline.lock"), '{"schema":"loadline.lock/1","modules":{}}');
  writeFileSync(
    join(folder, "load.js"),
    `import { answer } from "${base}/lib/index.js";\nexport default function () { answer(); }\n`,
  );
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const script = (): string => join(folder, "load.js");
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: { code: string }) => error.code,
  );

test("what was fetched once runs without a network, imports of modules included", async () => {
  const vendored = await vendorScript(script());
  expect(vendored.modules.map(({ url }) => url).sort()).toEqual([`${base}/lib/index.js`, `${base}/lib/two.js`]);
  await new Promise((resolve) => server.close(resolve));
  const bundled = await bundleScript(script());
  expect(bundled.code).toContain("40");
  expect(bundled.files.map(({ path }) => path)).toEqual(["load.js"]);
});

test("an import that is not in the cache is named with its line and the remedy, and nothing is fetched", async () => {
  const error = await bundleScript(script()).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "script.remote-import", at: "load.js:1:24", found: `${base}/lib/index.js` });
  expect((error as { hint: string }).hint).toContain("loadline vendor");
  expect(asked).toEqual([]);
});

test("a cached text that was changed is refused", async () => {
  await vendorScript(script());
  const cache = join(folder, ".loadline", "modules");
  for (const file of readdirSync(cache)) writeFileSync(join(cache, file), "export const answer = () => 'evil';");
  expect(await codeOf(bundleScript(script()))).toBe("script.remote-import");
});

test("what is pinned is not fetched again, and a text that changed behind a URL needs --update", async () => {
  await vendorScript(script());
  asked = [];
  await vendorScript(script());
  expect(asked).toEqual([]);
  texts["/lib/two.js"] = "export const two = () => 3;\n";
  rmSync(join(folder, ".loadline"), { recursive: true });
  const before = readFileSync(join(folder, "loadline.lock"), "utf8");
  expect(await codeOf(vendorScript(script()))).toBe("vendor.changed");
  expect(readFileSync(join(folder, "loadline.lock"), "utf8")).toBe(before);
  await vendorScript(script(), { update: true });
  expect(readFileSync(join(folder, "loadline.lock"), "utf8")).not.toBe(before);
});

test("a module that the server does not have is an error that names it, and pins nothing", async () => {
  delete texts["/lib/two.js"];
  const before = readFileSync(join(folder, "loadline.lock"), "utf8");
  const error = await vendorScript(script()).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "vendor.fetch-failed", at: `${base}/lib/two.js`, found: "status 404" });
  expect(readFileSync(join(folder, "loadline.lock"), "utf8")).toBe(before);
});

test("a damaged lock is refused with its path", async () => {
  writeFileSync(join(folder, "loadline.lock"), "{");
  expect(await codeOf(bundleScript(script()))).toBe("lock.invalid");
});
