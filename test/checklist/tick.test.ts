import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { disagreements } from "../../src/checklist/agreement.js";
import { parseBinding } from "../../src/checklist/binding.js";
import { judgeItems } from "../../src/checklist/judge.js";
import { readChecklist } from "../../src/checklist/read.js";
import { makeResult } from "../../src/checklist/result.js";
import { tickedCopy, tickedSource } from "../../src/checklist/tick.js";
import { renderChecklistJunit } from "../../src/report/checklist-junit.js";
import { renderChecklistPage } from "../../src/report/checklist-page.js";
import { evidenceOf } from "./worlds.js";

function judged(source: string) {
  const checklist = readChecklist(source, "list.md");
  const evidence = evidenceOf();
  const items = judgeItems(checklist, evidence, []);
  return { source, checklist, result: makeResult({ checklist, path: "list.md", sha256: "0", items, evidence }) };
}
const assets = { css: "", cssSha256: "x" };

test("the copy ticks what is proven, opens what is not, and says why", () => {
  const { source, checklist, result } = judged(
    "- [ ] a <!-- loadline: http_req_duration p(95)<200 -->\n- [x] b <!-- loadline: http_req_duration p(95)<5 -->\n- [x] c\n",
  );
  const lines = tickedCopy(source, checklist, result).split("\n");
  expect(lines[0]).toMatch(/^- \[x\] a \*\(pass: .+\)\* <!-- loadline/);
  expect(lines[1]).toMatch(/^- \[ \] b \*\(fail: /);
  expect(lines[2]).toMatch(/^- \[ \] c \*\(claim: /);
});

test("ticking the source changes signs in boxes and nothing else, and a claim keeps its hand", () => {
  const { source, checklist, result } = judged(
    "# T\r\n- [ ] a <!-- loadline: http_req_duration p(95)<200 -->\r\n- [x] c\r\n\r\n| [ ] | x |\r\n",
  );
  const ticked = tickedSource(source, checklist, result);
  expect(ticked).toBe(source.replace("[ ] a", "[x] a"));
  expect(judged(ticked).result.items.map(({ id }) => id)).toEqual(result.items.map(({ id }) => id));
});

test("script and markup in an item stay text in every rendering", () => {
  const evil = `x" onload='alert(1)' &lt;script> <script>alert(1)</script> ]]> [a](javascript:alert(1)) <img src=x onerror=alert(1)>`;
  const { source, checklist, result } = judged(
    `# ${evil}\n- [ ] ${evil}\n- [ ] \`${evil}\` <!-- loadline: check "${evil.replaceAll('"', "")}" -->\n`,
  );
  const page = renderChecklistPage({ result, assets, runHref: "./run/" });
  expect(page).not.toMatch(/<script|<img|<[^>]+ on\w+=|href="javascript/i);
  expect(page).toContain("default-src 'none'");
  expect(renderChecklistJunit(result)).not.toMatch(/<script|<img/i);
  const copy = tickedCopy(source, checklist, result);
  expect(copy.slice(copy.lastIndexOf("*("), copy.lastIndexOf(")*"))).not.toMatch(/<script|<img/);
});

test("the page has the sign-off block, empty or filled in", () => {
  const { result } = judged("- [ ] a\n");
  expect(renderChecklistPage({ result, assets })).toContain("______");
  const block = {
    service: "shop",
    version: "2.1",
    by: "Ada",
    role: "sre",
    approvedAt: "2026-06-01T12:00:00.000Z",
    notes: "<b>",
  };
  const page = renderChecklistPage({ result, assets, block });
  for (const text of ["shop", "2.1", "Ada (sre)", "2026-06-01 12:00 UTC", "&#60;b&#62;"]) expect(page).toContain(text);
});

test.each(["production-readiness", "staging-canary", "production-verification", "deployment-verification"])(
  "every item of checklists/%s.md is bound, and its binding agrees with its text",
  (name) => {
    const { items } = readChecklist(
      readFileSync(join(import.meta.dirname, "../../checklists", `${name}.md`), "utf8"),
      name,
    );
    expect(items.length).toBeGreaterThan(9);
    for (const item of items) {
      const clauses = item.bindings.flatMap((text) => parseBinding(text, item.text).clauses);
      expect(clauses, item.text).not.toEqual([]);
      expect(disagreements(item.promise, clauses)).toEqual([]);
    }
  },
);

test("the page begins with what stands in the way, each with a way to it, and ends with who was silent", () => {
  const { result } = judged(`${"- [ ] open\n".repeat(12)}- [ ] good <!-- loadline: http_req_duration p(95)<200 -->\n`);
  const page = renderChecklistPage({
    result: {
      ...result,
      subsystems: { heard: [], silent: [{ kind: "source", name: "db", reason: "The source db gave no <figure>." }] },
    },
    assets,
  });
  const top = page.slice(page.indexOf("verdict"), page.indexOf('class="items"'));
  const ways = [...top.matchAll(/href="#(item-[^"]+)"/g)].map(([, id]) => id!);
  expect(ways).toHaveLength(10);
  for (const id of ways) expect(page).toContain(`id="${id}"`);
  expect(top).toContain("and 2 more");
  expect(top).not.toContain("good");
  expect(page).toContain("0 of 1 declared scenarios, sources and probes gave evidence.");
  expect(page).not.toContain("<figure>");
});
