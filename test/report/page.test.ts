import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charts } from "../../src/report/charts/catalog.js";
import { makeReportModel } from "../../src/report/model.js";
import { type PageAssets, renderPage } from "../../src/report/page.js";
import { hostileRun } from "./hostile-run.js";
import { syntheticBaselineTotals, syntheticComparison, syntheticDecision, syntheticRun } from "./synthetic.js";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "loadline-page-"));
const browserPath = "/usr/bin/chromium";
let assets: PageAssets;

beforeAll(async () => {
  const { buildAssets } = await import(pathToFileURL(join(root, "src", "report", "build-assets.mjs")).href);
  await buildAssets({ root, out: folder });
  assets = JSON.parse(readFileSync(join(folder, "report", "assets", "page.json"), "utf8"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = syntheticRun({ seconds: 60, rate: 60 });
const comparison = syntheticComparison(record, 1.12);
const decision = syntheticDecision(record, comparison);
const baselineTotals = syntheticBaselineTotals({ seconds: 60, rate: 60 });
const pageOf = (run = record): string =>
  run === record
    ? renderPage(makeReportModel(run, { decision, comparison, baselineTotals }), assets)
    : renderPage(makeReportModel(run, { decision: syntheticDecision(run) }), assets);

test("an hour's page stays under 700 kB", () => {
  const hour = syntheticRun({ seconds: 3600, rate: 40 });
  expect(Buffer.byteLength(pageOf(hour))).toBeLessThan(700_000);
}, 60_000);

test("the policy allows nothing but the inlined script and style, by hash", () => {
  const page = pageOf();
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'/);
  expect(policy).not.toContain("unsafe");
  expect(page).not.toMatch(/ (?:src|href)="(?!#|data:)/);
  expect(page).not.toMatch(/ (?:style|on\w+)="/);
});

const browsing = existsSync(browserPath) ? describe : describe.skip;
if (!existsSync(browserPath)) console.warn(`No ${browserPath}: the report is not tested in a browser.`);

browsing("in a browser", () => {
  let browser: Browser;
  const troubles: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(html: string, options: { width: number; height: number; dark?: boolean }): Promise<Page> {
    const file = join(folder, "page.html");
    writeFileSync(file, html);
    const context = await browser.newContext({
      viewport: { width: options.width, height: options.height },
      colorScheme: options.dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    troubles.length = 0;
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("dialog", (dialog) => troubles.push(dialog.message()));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) troubles.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector("html[data-ready]", { state: "attached" });
    return page;
  }
  /** Scrolls to the end, so that every chart has come near the screen. */
  async function drawAll(page: Page): Promise<void> {
    for (const spec of charts) {
      await page.locator(`#${spec.id}`).scrollIntoViewIfNeeded();
      await page.waitForTimeout(60);
    }
  }

  test("the first screen holds the verdict, its reason, its rows and the validity", async () => {
    const page = await open(pageOf(), { width: 1280, height: 720 });
    expect(await page.locator("h1").textContent()).toBe(decision.word);
    expect(await page.locator(".sentence").textContent()).toBe(decision.sentence);
    expect(await page.locator("#verdict tbody tr").count()).toBe(decision.rows.length);
    for (const id of ["verdict", "validity"]) {
      const box = (await page.locator(`#${id}`).boundingBox())!;
      expect(box.y + box.height).toBeLessThanOrEqual(720);
    }
    expect(await page.evaluate(() => performance.now())).toBeLessThan(5000);
    await page.context().close();
  });

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
  ] as const)(
    "in %s at %i px it asks for nothing, complains of nothing, and axe finds nothing",
    async (scheme, width) => {
      const page = await open(pageOf(), { width, height: 800, dark: scheme === "dark" });
      await drawAll(page);
      await page.locator("details.behind summary").first().click();
      expect(troubles).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      const cdp = await page.context().newCDPSession(page);
      // Through the debugger: the page's own policy would refuse an injected script.
      const evaluated = await cdp.send("Runtime.evaluate", {
        expression: `${axe};axe.run().then((found) => JSON.stringify(found.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", "))))`,
        awaitPromise: true,
      });
      expect(JSON.parse(String(evaluated.result.value))).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test("one cursor reads all charts, by pointer and by keyboard", async () => {
    const page = await open(pageOf(), { width: 1280, height: 900 });
    await drawAll(page);
    const plot = page.locator("#percentiles .plot");
    await plot.focus();
    for (let i = 0; i < 3; i += 1) await page.keyboard.press("ArrowRight");
    expect(await plot.getAttribute("aria-valuetext")).toMatch(/at 0:03, p50 \d/);
    expect(await page.locator("#memory .readout").textContent()).toMatch(/RSS \d+ MB/);
    await page.context().close();
  });

  test("names that try to be markup stay text", async () => {
    const page = await open(pageOf(hostileRun()), { width: 1280, height: 800 });
    await drawAll(page);
    expect(troubles).toEqual([]);
    expect(await page.locator("img").count()).toBe(0);
    await page.context().close();
  });

  test.each([
    ["empty", syntheticRun({ seconds: 0 }), "Nothing was measured"],
    ["interrupted", syntheticRun({ seconds: 10, rate: 20, status: "interrupted" }), "interrupted"],
    ["running", syntheticRun({ seconds: 10, rate: 20, status: "running" }), "no end on record"],
    ["100 % error", syntheticRun({ seconds: 5, rate: 20, errorRatio: 1 }), "Every request failed"],
  ])("the %s run says what it is", async (_, run, words) => {
    const page = await open(pageOf(run), { width: 1280, height: 800 });
    await drawAll(page);
    expect(await page.locator(".banner").textContent()).toContain(words);
    expect(await page.locator("main").textContent()).not.toMatch(/NaN|undefined|Infinity/);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test("printed, it keeps its charts inside the paper", async () => {
    const page = await open(pageOf(), { width: 1280, height: 800, dark: true });
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const widths = await page
      .locator("canvas")
      .evaluateAll((all) => all.map((canvas) => canvas.getBoundingClientRect().width));
    expect(widths.length).toBe(charts.length);
    for (const width of widths) expect(width).toBeLessThanOrEqual(720);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.length).toBeGreaterThan(50_000);
    await page.context().close();
  }, 60_000);

  test("printed, a long comparison leaves its further informational rows to the page, and says so", async () => {
    const informational = comparison.rows.at(-1)!;
    const more = Array.from({ length: 40 }, (_, i) => ({ ...informational, series: `iteration_duration{name:/${i}}` }));
    const long = { ...comparison, rows: [...comparison.rows, ...more], candidate: { runs: ["a", "b", "c"] } };
    const model = makeReportModel(record, { decision, comparison: long, baselineTotals });
    const page = await open(renderPage(model, assets), { width: 1280, height: 800 });
    expect(await page.locator("#delta").textContent()).toContain("the mean of 3 runs");
    expect(await page.locator("#delta tbody tr:visible").count()).toBe(long.rows.length);
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await page.locator("#delta tbody tr:visible").count()).toBe(4 + 12);
    expect(await page.locator("#delta .print-only").textContent()).toContain("29 more informational rows");
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)!.length).toBeLessThanOrEqual(4);
    await page.context().close();
  }, 60_000);

  test("a name of 300 characters is cut, and whole in its title", async () => {
    const name = `/${"x".repeat(150)}middle${"y".repeat(150)}`;
    const run = syntheticRun({ seconds: 3, rate: 20, endpoints: [name] });
    const page = await open(pageOf(run), { width: 1280, height: 800 });
    const cell = page.locator("#endpoints tbody th").first();
    expect((await cell.textContent())!.length).toBeLessThanOrEqual(200);
    expect(await cell.locator("[title]").getAttribute("title")).toBe(name);
    await page.context().close();
  }, 60_000);
});
