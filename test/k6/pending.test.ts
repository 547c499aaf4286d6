import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { httpModule } from "../../src/k6/http.js";
import { pendingOf, runCallback } from "../../src/k6/pending.js";
import { suspending } from "../../src/model/vu.js";
import { makeFakeVu } from "./fake-vu.js";

const tick = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("a callback that blocks holds up the next; one that the script made async does not", async () => {
  const order = async (first: () => Promise<void>): Promise<string[]> => {
    const vu = makeFakeVu();
    const seen: string[] = [];
    runCallback(vu, first.name === "blocks" ? suspending(first) : first, [seen]);
    runCallback(vu, () => seen.push("second"), []);
    await pendingOf(vu).idle();
    return seen;
  };
  const body = async (seen: string[]): Promise<void> => {
    await tick();
    seen.push("first");
  };
  const blocks = (async (seen: string[]) => body(seen)) as never;
  const floats = (async (seen: string[]) => body(seen)) as never;
  expect(await order(blocks)).toEqual(["first", "second"]);
  expect(await order(floats)).toEqual(["second", "first"]);
});

test("what a finished piece of work sets off still belongs to the iteration", async () => {
  const vu = makeFakeVu();
  const pending = pendingOf(vu);
  const seen: string[] = [];
  const first = pending.begin();
  const done = new Promise<void>((resolve) => setTimeout(resolve, 2)).then(first);
  done.then(() => {
    const second = pending.begin();
    setTimeout(() => {
      seen.push("second");
      second();
    }, 5);
  });
  await pending.idle();
  expect(seen).toEqual(["second"]);
});

test("after an exception nothing of the iteration is left to the next", async () => {
  const vu = makeFakeVu();
  const pending = pendingOf(vu);
  const cancelled: string[] = [];
  const ended = pending.begin(() => {
    cancelled.push("socket");
    ended();
  });
  pending.fail(new Error("first"));
  await expect(pending.idle()).rejects.toThrow("first");
  pending.fail(new Error("second"));
  pending.discard();
  expect([cancelled, pending.idle()]).toEqual([["socket"], undefined]);
});

test("an iteration lasts until a request that nobody awaits has its response", async () => {
  const server = createServer((_request, response) => void setTimeout(() => response.end("ok"), 20));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const vu = makeFakeVu({ now: () => performance.now() });
  const http = httpModule(vu) as { asyncRequest(method: string, url: string): Promise<{ status: number }> };
  let status = 0;
  http.asyncRequest("GET", `http://127.0.0.1:${(server.address() as AddressInfo).port}/`).then((response) => {
    status = response.status;
  });
  await pendingOf(vu).idle();
  expect([status, vu.http.length]).toEqual([200, 1]);
  vu.retire();
  server.close();
});
