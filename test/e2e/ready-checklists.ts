import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { loadline, runFolder } from "./loadline.js";

const checklists = join(import.meta.dirname, "../../checklists");
const names = ["production-readiness", "staging-canary", "production-verification", "deployment-verification"];
/** The command of a target without faults. */
export const target = "loadline demo-target --quiet";

// Twenty VUs and no more: a target that stands still has them all waiting, and cannot hide behind a queue of hundreds.
const script = `
import { check } from "k6";
import http from "k6/http";
export const options = { scenarios: { api: {
  executor: "constant-arrival-rate", rate: Number(__ENV.RATE), timeUnit: "1s", duration: __ENV.DURATION,
  preAllocatedVUs: Number(__ENV.VUS || 20), maxVUs: Number(__ENV.VUS || 20),
  gracefulStop: "1s",
} }, thresholds: { http_req_failed: ["rate<0.01"] } };
export default function () {
  const response = http.get(__ENV.BASE_URL + "/api/items/7");
  check(response, { "status is 200": (r) => r.status === 200 });
}
`;

export interface Item {
  readonly text: string;
  readonly state: string;
  readonly reason: string;
}

/** Runs against the built-in target in a folder, and what the ready checklists say of them. */
export class ReadyChecklists {
  constructor(readonly dir: string) {
    writeFileSync(join(dir, "api.js"), script);
  }

  /** A run that may be judged: on a machine that is too busy it is invalid, and made once more. */
  async run(duration: string, words: readonly string[], rate = 200): Promise<string> {
    const load = ["-e", `RATE=${rate}`, "-e", `DURATION=${duration}`, "--no-thresholds", "--no-history"];
    for (let i = 0; ; i += 1) {
      const { code, stderr, stdout } = await loadline(["run", "api.js", ...load, "--quiet", ...words], this.dir);
      const folder = code === 0 || code === 112 ? runFolder(this.dir, "api") : undefined;
      if (code === 0) return folder!;
      expect(i, `${stdout}\n${stderr}`).toBeLessThan(6);
      if (folder !== undefined) rmSync(folder, { recursive: true });
    }
  }

  /** Every item of the ready checklists, and where it stands. */
  async judged(words: readonly string[]): Promise<readonly Item[]> {
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(checklists, `${name}.md`);
        const { code, stdout, stderr } = await loadline(["checklist", path, "--json", ...words], this.dir);
        expect(code, stderr).toBe(113);
        return (JSON.parse(stdout) as { items: Item[] }).items;
      }),
    );
    return found.flat();
  }
}

export function expectFailing(
  items: readonly Item[],
  expected: readonly (readonly [text: string, reason: RegExp])[],
): void {
  for (const [text, reason] of expected) {
    const found = items.filter((item) => item.text.includes(text));
    expect(found, text).not.toHaveLength(0);
    for (const item of found) {
      expect(`${item.state}: ${item.reason}`, item.text).toMatch(/^fail: /);
      expect(item.reason, item.text).toMatch(reason);
    }
  }
}
