import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePieceWhole } from "../../src/checklist/parse-piece.js";
import { readChecklist } from "../../src/checklist/read.js";

const read = (text: string) => readChecklist(text, "list.md");

describe("what counts as an item", () => {
  test("boxes are items, and plain bullets beside them are notes", () => {
    const { items, notes } = read("# T\n- [ ] open\n- [x] done\n- a note\n");
    expect(items.map(({ text, box }) => [text, box])).toEqual([
      ["open", "open"],
      ["done", "ticked"],
    ]);
    expect(notes.map(({ text }) => text)).toEqual(["a note"]);
  });

  test("in a document without boxes every list entry is an item", () => {
    expect(read("- one\n- two\n\n1. three\n").items.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });

  test("a binding makes an item of a plain bullet", () => {
    const { items } = read("- [ ] a box\n- p95 < 5 ms <!-- loadline: http_req_duration p(95)<5 -->\n");
    expect(items[1]).toMatchObject({ text: "p95 < 5 ms", bindings: ["http_req_duration p(95)<5"] });
  });

  test("rows of a table with a box are items, their cells joined", () => {
    const { items } = read(
      "| done | what |\n|---|---|\n| [x] | certificate <!-- loadline: probe tls --> |\n| [ ] | keys |\n",
    );
    expect(items.map(({ text, box, bindings }) => [text, box, bindings])).toEqual([
      ["certificate", "ticked", ["probe tls"]],
      ["keys", "open", []],
    ]);
  });

  test("drawn boxes and empty brackets count as boxes", () => {
    expect(read("- ☐ a\n- ☑ b\n- [] c\n").items.map(({ text, box }) => [text, box])).toEqual([
      ["a", "open"],
      ["b", "ticked"],
      ["c", "open"],
    ]);
  });

  test("nested items know their parents, headings and lines", () => {
    const { items } = read("# T\n## A\n### B\n- [ ] whole:\n  - [ ] 1. part\n");
    expect(items[1]).toMatchObject({ headings: ["A", "B"], depth: 1, line: 5, parent: items[0]!.id });
    expect(items[0]!.isGroup).toBe(true);
  });

  test("nothing in fenced code or in a comment is an item", () => {
    expect(read("- [ ] a\n\n```sh\n- [ ] b\n```\n\n<!--\n- [ ] c\n# H\n-->\n").items.map(({ text }) => text)).toEqual([
      "a",
    ]);
  });

  test("UTF-8 that was read as Windows-1252 is mended", () => {
    expect(read("- [ ] âœ… ready â†’ go, naïve Ünits ≤ 2×").items[0]!.text).toBe("✅ ready → go, naïve Ünits ≤ 2×");
  });
});

test("what is parsed without GitHub's additions says the same as with all of them", () => {
  const scrap = fc.constantFrom(
    ...["- [ ] ", "- [x]", "1. ", "  - ", "\n", "\n\n", "# H\n", "> ", "`", "**", "_", "<!-- loadline: probe x -->"],
    ...[
      "https://example.com/a?b=c&d",
      "www.example.com",
      "ada@example.com.",
      "[x]",
      "[x]: /y\n",
      "[^1]",
      "~~",
      "|",
      "\\",
    ],
    ...["p95 < 5 ms", "☐ ", "word ", "\t", "<b>", "&lt;", "![a](b)"],
  );
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      expect(read(text)).toEqual(readChecklist(text, "list.md", parsePieceWhole));
    }),
    { numRuns: 500 },
  );
});

describe("ids", () => {
  const id = (text: string) => read(text).items[0]!.id;

  test("ticking, binding, emphasis and moving keep an item's id", () => {
    const first = id("## S\n- [ ] Error rate < 0.1%\n");
    expect(id("## S\n\ntext\n\n- [x] **Error rate** < 0.1% <!-- loadline: http_req_failed rate<0.001 -->\n")).toBe(
      first,
    );
  });

  test("another limit, operator or section is another item", () => {
    const ids = [
      "## S\n- [ ] p95 < 10 ms",
      "## S\n- [ ] p95 < 20 ms",
      "## S\n- [ ] p95 > 10 ms",
      "## T\n- [ ] p95 < 10 ms",
    ];
    expect(new Set(ids.map(id)).size).toBe(4);
  });

  test("equal sentences under equal headings are told apart, and a given id is taken", () => {
    const { items } = read("- [ ] same\n- [ ] same\n- [ ] other <!-- loadline: id=mine; probe x -->\n");
    expect(items[1]!.id).toBe(`${items[0]!.id}-2`);
    expect(items[2]!.id).toBe("mine");
  });

  test("ids are unique in any list", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 20 }), (texts) => {
        const { items } = read(texts.map((text) => `- [ ] x ${text.replace(/[\r\n]/g, " ")}\n`).join(""));
        expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
      }),
    );
  });
});

describe("hostile documents", () => {
  test("any text is read or refused with a code", () => {
    const scrap = fc.constantFrom(
      "- [ ] ",
      "- ",
      "> ",
      "| a |",
      "\n",
      "```",
      "<!-- loadline: ",
      "-->",
      "# ",
      "\t",
      "[",
      "](",
      "**",
      "x",
    );
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 60 }), (parts) => {
        for (const item of read(parts.join("")).items) expect(item.endsAt).toBeLessThanOrEqual(parts.join("").length);
      }),
      { numRuns: 300 },
    );
  });

  test("a box's place is the sign between its brackets", () => {
    const source = "# T\r\n- [ ] a\r\n  - [x] b <!-- loadline: probe p -->\r\n\r\n| | |\r\n|-|-|\r\n| [ ] | c |\r\n";
    for (const { boxAt } of read(source).items) expect(source.slice(boxAt! - 1, boxAt! + 2)).toMatch(/^\[[ x]\]$/);
  });

  // Time of the processor: on a busy machine the clock says more about the neighbours.
  test("100,000 items in 10 MB take less than a minute and a gigabyte", () => {
    const before = process.cpuUsage();
    const line = `- [ ] item with \`code\`, **bold** words and p95 < 100 ms ${"x".repeat(20)}\n`;
    const { items } = read(line.repeat(Math.min(100_000, Math.floor(10_000_000 / line.length))));
    expect(items.length).toBe(100_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(60);
    expect(process.memoryUsage().rss).toBeLessThan(1e9);
  }, 300_000);

  test.each([
    ["checklist.too-deep", `${">".repeat(5000)} a`],
    ["checklist.too-deep", `${" ".repeat(5000)}- a`],
    ["checklist.too-deep", "- ".repeat(500)],
    ["checklist.line-too-long", `- [ ] ${"*a ".repeat(50_000)}`],
    ["checklist.too-long", "- [ ] a\n".repeat(2_100_000)],
    ["checklist.block-too-long", "words\n".repeat(300_000)],
  ])("%s: refused before the parser can stumble", (code, text) => {
    const start = performance.now();
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
