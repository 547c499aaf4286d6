import { describe, expect, test } from "vitest";
import type { Evidence } from "../../src/checklist/evidence.js";
import { judgeItems } from "../../src/checklist/judge.js";
import type { LedgerContent, LedgerEntry } from "../../src/checklist/ledger.js";
import { readChecklist } from "../../src/checklist/read.js";
import type { ProbeResult } from "../../src/model/probe.js";
import { dayMs, evidenceOf, leak, ledgerOf, now, runOf } from "./worlds.js";

const judge = (text: string, evidence: Evidence = evidenceOf(), entries: readonly LedgerEntry[] = []) =>
  judgeItems(readChecklist(text, "list.md"), evidence, entries);
const one = (binding: string, evidence?: Evidence) => judge(`- [ ] words <!-- loadline: ${binding} -->`, evidence)[0]!;

describe("evidence of a run", () => {
  test.each([
    ["http_req_duration p(95)<200", "pass"],
    ["http_req_duration p(95)<50", "fail"],
    ["http_req_failed rate<0.001", "pass"],
    ["http_req_failed rate<0.00001", "fail"],
    ["my_trend p(95)<1", "not-run"],
    ["load at 1000/s over 1h", "pass"],
    ["load at 2000/s", "stale"],
    ["throughput >= 1000/s", "pass"],
    ["throughput > 100000/min", "fail"],
    ["concurrency >= 100", "pass"],
    ["concurrency >= 200", "fail"],
    ["memory max < 500MB", "pass"],
    ["memory max < 100MB", "fail"],
    ["memory of harness max < 500MB", "fail"],
    ["memory of nobody max < 500MB", "not-run"],
    ["cpu p(95) < 50%", "pass"],
    ["cpu max < 50%", "fail"],
    ["heap max < 1MB", "not-run"],
    ["memory stable over 1h", "pass"],
    ["memory stable over 2h", "stale"],
    ["fds stable", "not-run"],
    ['check "status is 200"', "pass"],
    ['check "bad"', "fail"],
    ['check "never made"', "not-run"],
    ["verdict pass", "not-run"],
    ["capacity >= 10/s", "not-run"],
    ["http_req_duration p(95)<200; http_req_duration p(50)<1", "fail"],
    ["http_req_duration p(95)<200; my_trend p(95)<1", "not-run"],
    ['not-applicable "no such thing here"', "not-applicable"],
  ])("%s is %s", (binding, state) => {
    const item = one(binding);
    expect(item.state).toBe(state);
    expect(item.reason).toMatch(/\S/);
  });

  test("a leak fails, and one that nobody can tell yet is not run", () => {
    expect(one("memory stable", evidenceOf({ run: runOf({ leaks: [leak("leaking")] }) })).state).toBe("fail");
    expect(one("memory stable", evidenceOf({ run: runOf({ leaks: [leak("still-warming-up")] }) })).state).toBe(
      "not-run",
    );
  });

  test("an invalid run proves nothing, and an interrupted one is stale", () => {
    const invalid = runOf({ validity: { state: "invalid", reasons: [{ code: "late", text: "Too late." }] } });
    expect(one("http_req_duration p(95)<200", evidenceOf({ run: invalid }))).toMatchObject({
      state: "not-run",
      reason: expect.stringContaining("Too late."),
    });
    expect(one("http_req_duration p(95)<200", evidenceOf({ run: runOf({ status: "interrupted" }) })).state).toBe(
      "stale",
    );
  });

  test("a run of another version, of none, or too old is stale, and says so", () => {
    const binding = "http_req_duration p(95)<200";
    expect(one(binding, evidenceOf({ version: "2.1" })).state).toBe("pass");
    expect(one(binding, evidenceOf({ version: "2.2" })).reason).toContain("of version 2.1, and 2.2 is wanted");
    expect(one(binding, evidenceOf({ version: "2.1", run: runOf({ labels: {} }) })).reason).toContain(
      "does not say of which version",
    );
    const late = new Date(now.getTime() + 40 * dayMs);
    expect(one(binding, evidenceOf({ now: late }))).toMatchObject({
      state: "stale",
      reason: expect.stringContaining("40 days old"),
    });
  });

  test("a figure over its limit fails, however short the run", () => {
    expect(one("http_req_duration p(95)<50 over 9h").state).toBe("fail");
  });

  test("capacity, headroom and A/B ratios are judged with their ends", () => {
    const capacity = { perSecond: 1500, scenarioRate: 1000, at: now.toISOString() };
    expect(one("capacity >= 1400/s", evidenceOf({ capacity })).state).toBe("pass");
    expect(one("headroom >= 60%", evidenceOf({ capacity })).state).toBe("fail");
    const ab = { ratios: { "p(95)": { estimate: 2.5, high: 3 } }, at: now.toISOString() };
    expect(one("ab p(95) <= 4x", evidenceOf({ ab })).state).toBe("pass");
    expect(one("ab p(95) <= 2x", evidenceOf({ ab })).state).toBe("fail");
    expect(one("ab p(95) <= 2x, temporary <= 4x until 2026-06-01", evidenceOf({ ab })).state).toBe("pass");
    expect(one("ab p(95) <= 2x, temporary <= 4x until 2026-05-31", evidenceOf({ ab })).reason).toContain(
      "ended on 2026-05-31",
    );
  });
});

describe("probes", () => {
  const probe = (change: Partial<ProbeResult>): ProbeResult => ({
    name: "tls",
    kind: "tls",
    state: "pass",
    at: now.toISOString(),
    asked: "days left >= 20",
    answered: "80",
    reason: "80 days left",
    durationMs: 1,
    ...change,
  });

  test.each([
    [[], "not-run"],
    [[probe({})], "pass"],
    [[probe({ state: "fail" })], "fail"],
    [[probe({ state: "error" })], "not-run"],
    [[probe({ state: "fail" }), probe({})], "pass"],
    [[probe({ at: "2026-01-01T00:00:00Z" })], "stale"],
  ] as const)("%#: %s", (probes, state) => {
    expect(one("probe tls", evidenceOf({ probes })).state).toBe(state);
  });

  test("a probe that contradicts its sentence is refused", () => {
    const text = "- [ ] at least 30 days are left <!-- loadline: probe tls -->";
    const [item] = judge(text, evidenceOf({ probes: [probe({ asked: "time left >= 20 days" })] }));
    expect(item).toMatchObject({ state: "refused", reason: expect.stringContaining("20 days") });
  });
});

describe("what people say", () => {
  const text = "- [ ] Runbooks created <!-- loadline: attest role=sre expires=30d -->\n- [x] by hand\n- [ ] open\n";
  const { items } = readChecklist(text, "list.md");
  const said = (i: number) => ({ checklist: "list.md", item: items[i]!.id, text: items[i]!.text, by: "Ada" });
  const statesWith = (contents: readonly LedgerContent[], change: Partial<Evidence> = {}) =>
    judge(text, evidenceOf(change), ledgerOf(...contents).entries).map(({ state }) => state);
  const later = (days: number) => ({ now: new Date(now.getTime() + days * dayMs) });
  const in10Days = new Date(now.getTime() + 10 * dayMs).toISOString();

  test("a box ticked by hand is a claim, an open one unbound, and neither is settled", () => {
    expect(judge(text).map(({ state, settled }) => [state, settled])).toEqual([
      ["not-run", false],
      ["claim", false],
      ["unbound", false],
    ]);
  });

  test("a person's word holds in the right role until it expires", () => {
    const attest: LedgerContent = { kind: "attest", ...said(0), role: "sre" };
    expect(statesWith([attest])[0]).toBe("attested");
    expect(statesWith([{ ...attest, role: "intern" }])[0]).toBe("not-run");
    expect(statesWith([attest], later(31))[0]).toBe("stale");
    expect(statesWith([{ ...attest, expiresAt: in10Days }], later(11))[0]).toBe("stale");
    expect(statesWith([{ ...attest, text: "Runbooks burnt" }])[0]).toBe("stale");
    expect(statesWith([{ ...attest, version: "2.0" }], { version: "2.1" })[0]).toBe("stale");
    expect(statesWith([attest, { kind: "revoke", ...said(0) }])[0]).toBe("not-run");
  });

  test("unbound items and claims can be attested, or waived until the waiver expires", () => {
    const waive: LedgerContent = { kind: "waive", ...said(2), reason: "next week", expiresAt: in10Days };
    expect(statesWith([{ kind: "attest", ...said(1) }, waive]).slice(1)).toEqual(["attested", "waived"]);
    expect(statesWith([waive], later(11))[2]).toBe("stale");
    expect(judge(text, evidenceOf(later(11)), ledgerOf(waive).entries)[2]!.reason).toContain("expired on 2026-06-11");
  });

  test("nobody can waive a binding that contradicts its sentence", () => {
    const refused = "- [ ] p95 < 100 ms <!-- loadline: http_req_duration p(99)<100 -->";
    const [item] = readChecklist(refused, "list.md").items;
    const { entries } = ledgerOf({
      kind: "waive",
      checklist: "l",
      item: item!.id,
      text: item!.text,
      by: "A",
      reason: "r",
      expiresAt: in10Days,
    });
    expect(judge(refused, evidenceOf(), entries)[0]!.state).toBe("refused");
  });

  test("a whole is as good as the worst of its parts", () => {
    const whole = "- [ ] Order:\n  - [ ] a <!-- loadline: http_req_duration p(95)<200 -->\n  - [ ] b\n";
    expect(judge(whole).map(({ state }) => state)).toEqual(["unbound", "pass", "unbound"]);
  });
});

test("a binding's comment without an end is refused, and not taken for an item that nobody bound", () => {
  const [open, shown] = judge(
    "# A\n- [ ] Open <!-- loadline: probe x\n\n# B\n- [ ] Shown: `<!-- loadline: probe x -->`\n",
  );
  expect(open).toMatchObject({ state: "refused", reason: expect.stringContaining("has no end") });
  expect(shown?.state).toBe("unbound");
});
