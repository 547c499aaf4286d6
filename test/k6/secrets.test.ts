import { expect, test } from "vitest";
import { scriptConsole } from "../../src/k6/console.js";
import { giveSecretSources, maskSecrets } from "../../src/k6/secrets/sources.js";
import { secretsModule } from "../../src/k6/secrets.js";
import { makeFakeVu } from "./fake-vu.js";

interface Source {
  get(key: string): Promise<string>;
}
interface Secrets extends Source {
  source(name: string): Source;
}

function start(...specs: string[]) {
  const vu = makeFakeVu({ files: { "s.txt": "# keys\ncool=from file\nempty=\n", "bad.txt": "hunter2\n" } });
  giveSecretSources(vu.shared, specs);
  return { vu, secrets: () => secretsModule(vu) as Secrets };
}

test("the only source is the default one", async () => {
  expect(await start("file=s.txt").secrets().get("cool")).toBe("from file");
  expect(await start("mock=cool=a=b,more=2").secrets().get("cool")).toBe("a=b");
});

test("of several, one is marked, and each has a name", async () => {
  const secrets = start("mock=default,cool=one", "mock=name=another,cool=two", "file=name=disk,s.txt").secrets();
  expect([
    await secrets.get("cool"),
    await secrets.source("another").get("cool"),
    await secrets.source("disk").get("cool"),
  ]).toEqual(["one", "two", "from file"]);
});

test("a missing secret, source or default is named, and none of the secrets is", async () => {
  const secrets = start("mock=cool=hunter2").secrets();
  await expect(secrets.get("col")).rejects.toMatchObject({ code: "secrets.unknown" });
  expect(() => secrets.source("x")).toThrow(expect.objectContaining({ code: "secrets.source-unknown" }));
  await expect(start().secrets().get("a")).rejects.toMatchObject({ code: "secrets.no-source" });
  await expect(start("mock=a=1", "mock=b=2").secrets().get("a")).rejects.toMatchObject({ code: "secrets.no-source" });
  expect(start("vault=x").secrets).toThrow(expect.objectContaining({ code: "secrets.source-invalid" }));
  expect(start("file=bad.txt").secrets).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
  );
});

test("the console masks every secret of the run", () => {
  const { vu, secrets } = start("file=s.txt");
  secrets();
  scriptConsole(vu).log("value:", { a: "from file" });
  expect(vu.logs.map(({ text }) => text)).toEqual(['value: {"a":"***SECRET_REDACTED***"}']);
  expect(maskSecrets(vu.shared, "x from file y")).toBe("x ***SECRET_REDACTED*** y");
  expect(maskSecrets(new Map(), "untouched")).toBe("untouched");
});
