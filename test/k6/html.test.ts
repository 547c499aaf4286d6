import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { HtmlElement } from "../../src/k6/html/element.js";
import type { Selection } from "../../src/k6/html/selection.js";
import { htmlModule } from "../../src/k6/html.js";
import type { K6Response } from "../../src/k6/http/response.js";
import { httpModule } from "../../src/k6/http.js";
import { isSuspending } from "../../src/model/vu.js";
import { runtime } from "../../src/script/runtime.js";
import { makeFakeVu } from "./fake-vu.js";

const page = `<!doctype html><html lang="en"><head><title>Shop</title></head><body>
<ul id="list" class="a b"><li class="item" data-price="12" data-stock-left="true" data-sku="007">One</li>
<li class="item last" data-info='{"x":[1]}'>Two <b>bold</b></li><!--note--></ul>
<p data-test-id="7" data-base-url-path="/x">after</p>
<form id="f" action="/buy" method="post">
 <input name="who" value="me"><input name="pw" type="password"><input type="checkbox" name="news" checked="checked"><input type="checkbox" name="bare" checked>
 <input type="radio" name="size" value="s"><input type="radio" name="size" value="m" checked="checked">
 <select name="pick"><option value="1">a</option><option value="2" selected>b</option></select>
 <select name="many" multiple><option selected>x</option><option selected value="why">y</option></select>
 <textarea name="note">hi there</textarea><input name="off" value="1" disabled="disabled">
 <label for="go">Go</label><button id="go" type="submit" name="do" value="it">Send</button>
</form>
<form id="g" action="/find?old=1"><input name="q" value="a b"></form>
<a href="/next?x=1#top" rel="nofollow next">Next</a>
<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table></body></html>`;
const { parseHTML } = htmlModule(makeFakeVu()) as { parseHTML(text: string): Selection };
const doc = parseHTML(page);
const texts = (selection: Selection): string[] => selection.toArray().map((each) => each.text());

describe("a selection", () => {
  test("walks the page as jQuery does", () => {
    expect(texts(doc.find("li"))).toEqual(["One", "Two bold"]);
    expect(doc.find("li").size()).toBe(2);
    expect(doc.find("li").first().next().text()).toBe("Two bold");
    expect(doc.find("li").last().prev().attr("data-sku")).toBe("007");
    expect(doc.find("b").closest("ul").attr("id")).toBe("list");
    expect(doc.find("b").parents("ul").size()).toBe(1);
    expect(texts(doc.find("b").parentsUntil("ul"))).toEqual(["Two bold"]);
    expect(texts(doc.find("ul").nextUntil("form"))).toEqual(["after"]);
    expect(doc.find("ul").children(".last").text()).toBe("Two bold");
    expect(doc.find("ul").contents().size()).toBe(4);
    expect(doc.find("li").eq(1).is(".last")).toBe(true);
    expect(texts(doc.find("li").not(".last"))).toEqual(["One"]);
    expect(texts(doc.find("li").has("b"))).toEqual(["Two bold"]);
    expect(texts(doc.find("li").slice(-1))).toEqual(["Two bold"]);
    expect(texts(doc.find("li").filter(doc.find(".last")))).toEqual(["Two bold"]);
    expect(texts(doc.find("li").filter((index: number) => index === 0))).toEqual(["One"]);
    expect(doc.find("li.last").html()).toBe("Two <b>bold</b>");
  });

  test("is empty, not broken, where nothing matches", () => {
    const none = doc.find("video");
    expect([none.size(), none.text(), none.html(), none.attr("x"), none.val(), none.get(0)]).toEqual([
      0,
      "",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(none.attr("x", "fallback")).toBe("fallback");
  });

  test("reads data attributes as the values they spell", () => {
    const first = doc.find("li").first();
    expect([first.data("price"), first.data("stockLeft"), first.data("stock-left"), first.data("sku")]).toEqual([
      12,
      true,
      true,
      "007",
    ]);
    expect(doc.find("li.last").data()).toEqual({ info: { x: [1] } });
    const after = doc.find("p");
    expect(after.data()).toEqual({ testID: 7, baseURLPath: "/x" });
    expect([after.data("testID"), after.data("testId"), after.data("baseURLPath")]).toEqual([7, 7, "/x"]);
  });

  test.each([
    ["url-id-x", "urlIDX", ["urlIdX", "urlIDX", "url-id-x"]],
    ["x-url-id", "xURLID", ["xUrlId", "xURLID"]],
    ["x-oauth", "xOAuth", ["xOAuth", "xOauth"]],
    ["-lead", "Lead", ["-lead"]],
    ["a--b", "aB", ["a-B", "a--b"]],
    ["a-my_x", "aMyX", []],
  ])("data-%s is %s in all data, and found by %j", (attribute, property, names) => {
    const selection = parseHTML(`<p data-${attribute}="1">`).find("p");
    expect(selection.data()).toEqual({ [property]: 1 });
    expect(names.map((name) => selection.data(name))).toEqual(names.map(() => 1));
    expect(["UPPERCase", "aB", "myX"].map((name) => selection.data(name))).toEqual([undefined, undefined, undefined]);
  });

  test("data of no name, no value and no attributes is as k6 has it", () => {
    const selection = parseHTML('<p data-="e" data-a="" data-b="null" data-c="undefined">').find("p");
    expect(selection.data("")).toBe("e");
    expect(Object.entries(selection.data() as object)).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["c", undefined],
    ]);
    expect(parseHTML("<p>").find("p").data()).toBeUndefined();
  });

  test("an element is a selection of itself, where it is asked for one", () => {
    const texts: string[] = [];
    doc.find("li").each((_: number, element: HtmlElement) => {
      texts.push((element as unknown as { selection(): { text(): string } }).selection().text());
    });
    expect(texts[0]).toBe("One");
  });

  test("each gives elements, map gives selections and leaves out what has no answer", () => {
    const seen: unknown[] = [];
    doc.find("li").each((index: number, element: HtmlElement) => seen.push([index, element.textContent()]));
    expect(seen).toEqual([
      [0, "One"],
      [1, "Two bold"],
    ]);
    expect(doc.find("li").map((_index: number, li: Selection) => li.attr("data-sku"))).toEqual(["007"]);
  });

  test("each and map wait for callbacks that make requests, in order", async () => {
    const seen: string[] = [];
    const slow = runtime.mark((async (_index: number, item: HtmlElement | Selection) => {
      const text = "textContent" in item ? item.textContent() : item.text();
      await Promise.resolve();
      seen.push(text);
      return text;
    }) as never);
    const list = doc.find("li");
    const waited = (name: "each" | "map") =>
      (runtime.m(list as never, name, "x")(slow) as { promise: unknown }).promise;
    await waited("each");
    expect(seen).toEqual(["One", "Two bold"]);
    expect(await waited("map")).toEqual(["One", "Two bold"]);
  });

  test("gives a form's fields as k6 sends them, without a box whose checked has no value", () => {
    const form = doc.find("#f");
    expect(form.serialize()).toBe("many=x&many=why&news=on&note=hi+there&pick=2&pw=&size=m&who=me");
    expect(form.serializeObject()).toMatchObject({ who: "me", size: "m", many: ["x", "why"] });
    expect(doc.find("[name=many]").val()).toEqual(["x", "why"]);
    expect(doc.find("[name=pick]").val()).toBe("2");
    expect(doc.find("textarea").val()).toBe("hi there");
  });

  test.each([
    ['<select name="a"><option value="1">x<option>y</select>', "a=", [{ name: "a", value: "" }]],
    ['<select name="a"><option selected>x<option selected>y</select>', "a=x", [{ name: "a", value: "x" }]],
    ['<select name="a" multiple><option>x</select>', "", [{ name: "a", value: [] }]],
    [
      '<select name="a" multiple><option selected> x <option selected>y</select>',
      "a=+x+&a=y",
      [{ name: "a", value: [" x ", "y"] }],
    ],
    [
      '<input name="b" value="1"><input name="a" value="2"><input name="b" value="3~*">',
      "a=2&b=3~%2A",
      [
        { name: "b", value: "1" },
        { name: "a", value: "2" },
        { name: "b", value: "3~*" },
      ],
    ],
    ['<input name="a" type="RADIO" value="1"><input type="submit" name="b">', "a=1", [{ name: "a", value: "1" }]],
    ['<textarea name="a">x & y</textarea>', "a=x+%26amp%3B+y", [{ name: "a", value: "x &amp; y" }]],
  ])("a form of %s is %s, as k6 reads it", (fields, text, values) => {
    const form = parseHTML(`<form>${fields}</form>`).find("form");
    expect(form.serialize()).toBe(text);
    expect(form.serializeArray()).toEqual(values);
  });

  test("refuses what is no selector and no callback", () => {
    expect(() => doc.find(5 as never)).toThrow(expect.objectContaining({ code: "k6.html-selector" }));
    expect(() => doc.each("x")).toThrow(expect.objectContaining({ code: "k6.html-callback" }));
  });
});

describe("an element", () => {
  const element = (selector: string) => doc.find(selector).get(0) as HtmlElement & Record<string, () => never>;

  test("has the properties of the DOM, as methods", () => {
    const ul = element("ul");
    expect([ul.id(), ul.classList(), ul.nodeName(), ul.nodeType(), ul.lang()]).toEqual([
      "list",
      ["a", "b"],
      "ul",
      1,
      "en",
    ]);
    expect([ul.childElementCount(), ul.childNodes().length, ul.children()[1]!.textContent()]).toEqual([
      2,
      4,
      "Two bold",
    ]);
    expect(ul.lastChild()!.nodeType()).toBe(8);
    expect(ul.lastChild()!.nodeValue()).toBe("note");
    expect(ul.contains(element("b"))).toBe(true);
    expect(ul.querySelector(".last")!.isSameNode(element("li.last"))).toBe(true);
    expect(ul.getElementsByClassName("item last")).toHaveLength(1);
    expect(ul.firstElementChild()!.nextElementSibling()!.matches(".last")).toBe(true);
    expect(ul.parentElement()!.nodeName()).toBe("body");
    expect(ul.attributes()).toMatchObject({ id: { name: "id", value: "list" } });
    expect(ul.hasAttribute("CLASS")).toBe(true);
  });

  test("knows its kind: links, fields, selects, tables", () => {
    const [a, go, pick, second] = [element("a"), element("#go"), element("[name=pick]"), element("option[value='2']")];
    expect([a.relList!(), a.text!()]).toEqual([["nofollow", "next"], "Next"]);
    expect([go.formMethod!(), go.value!(), go.name!(), (go.labels!() as HtmlElement[]).length]).toEqual([
      "post",
      "it",
      "do",
      1,
    ]);
    expect((go.form!() as HtmlElement).id()).toBe("f");
    expect([pick.selectedIndex!(), pick.type!(), pick.value!(), pick.length]).toEqual([1, "select", "2", pick.length]);
    expect([second.index!(), second.text!(), second.disabled!()]).toEqual([1, "b", false]);
    const rows = element("table").rows!() as HtmlElement[];
    expect(rows.map((row) => (row as never as { cells(): unknown[] }).cells().length)).toEqual([2, 1]);
  });
});

describe("a response's page", () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function open(html = page) {
    const seen: string[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        seen.push(`${request.method} ${request.url} ${body} ${request.headers["x-a"] ?? ""}`.trim());
        response.end(html);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const vu = makeFakeVu({ now: () => performance.now() });
    closers.push(() => {
      vu.retire();
      server.closeAllConnections();
      server.close();
    });
    const http = httpModule(vu) as { get(url: string): Promise<K6Response> };
    const response = await http.get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shop/`);
    return { response, seen, vu };
  }

  test("is a selection whose links are relative to the response", async () => {
    const { response } = await open();
    expect(response.html().find("title").text()).toBe("Shop");
    expect(response.html("a").attr("href")).toBe("/next?x=1#top");
    const link = response.html("a").get(0) as never as Record<string, () => string>;
    expect([link.protocol!(), link.pathname!(), link.search!(), link.hash!(), link.hostname!()]).toEqual([
      "http",
      "/next",
      "?x=1",
      "#top",
      "127.0.0.1",
    ]);
  });

  test("submitForm sends its fields with the script's on top, and the button's name", async () => {
    const { response, seen, vu } = await open();
    const answer = await response.submitForm({
      fields: { who: "you", extra: "1" },
      params: { headers: { "x-a": "y" } },
    });
    expect(answer.status).toBe(200);
    expect(seen[1]).toBe("POST /buy do=it&extra=1&many=%5Bx+why%5D&news=on&note=hi+there&pick=2&pw=&size=m&who=you y");
    await response.submitForm({ formSelector: "#g" });
    expect(seen[2]).toBe("GET /find?q=a+b");
    expect(vu.http).toHaveLength(3);
  });

  test("submitForm takes the last field of a name, and the fields of the script as they are", async () => {
    const fields =
      '<input name="b" value="1"><input name="b" value="2"><select name="m" multiple><option selected>x<option selected>y</select>';
    const { response, seen } = await open(
      `<form method="post" action="/p">${fields}</form><form id="g">${fields}</form>`,
    );
    await response.submitForm({ fields: { n: null, f: 1e-5, l: [1, [2, "z"]] } });
    await response.submitForm({ formSelector: "#g", fields: "none" });
    expect(seen.slice(1).map((line) => decodeURIComponent(line).trim())).toEqual([
      "POST /p b=2&f=1e-05&l=1&l=[2+z]&m=[x+y]&n=<nil>",
      "GET /shop/?b=2&m=x,y",
    ]);
  });

  test("clickLink follows the first link, or the selector's", async () => {
    const { response, seen } = await open('<a name="x">no</a><a href="one">1</a><a href="/two" class="t">2</a>');
    await response.clickLink();
    await response.clickLink({ selector: "a.t" });
    expect(seen.slice(1)).toEqual(["GET /shop/one", "GET /two"]);
  });

  test("both block the script, and name what the page lacks", async () => {
    const { response } = await open("<p>nothing</p>");
    expect([isSuspending(response.submitForm), isSuspending(response.clickLink)]).toEqual([true, true]);
    await expect(response.submitForm()).rejects.toMatchObject({ code: "http.form-missing" });
    await expect(response.clickLink()).rejects.toMatchObject({ code: "http.link-missing" });
  });
});
