import { expect, test } from "vitest";
import { redactCommand, redactTags, redactText, redactUrl, redactValue } from "../../src/model/redact.js";

test.each([
  ["https://ann:s3cret@host:8080/a?b=1", "https://***@host:8080/a?b=1"],
  ["https://host/a?token=abc&page=2", "https://host/a?token=***&page=2"],
  ["https://host/a?page=2&api_key=abc#x", "https://host/a?page=2&api_key=***#x"],
  ["postgres://u:p@db/x and http://v:q@h/", "postgres://***@db/x and http://***@h/"],
  ["https://host/users/a@b.example?page=1", "https://host/users/a@b.example?page=1"],
  ["no url", "no url"],
  ["http://h/?%zz=1&pass%77ord=x", "http://h/?%zz=1&pass%77ord=***"],
])("the URL %s is stored as %s", (given, stored) => {
  expect(redactUrl(given)).toBe(stored);
});

test.each<[readonly string[], readonly string[]]>([
  [
    ["run", "a.ts", "-e", "API_TOKEN=abc"],
    ["run", "a.ts", "-e", "API_TOKEN=***"],
  ],
  [
    ["-e", "BASE_URL=http://u:p@h/", "-e", "DURATION=1h"],
    ["-e", "BASE_URL=http://***@h/", "-e", "DURATION=1h"],
  ],
  [
    ["-eDB_PASSWORD=a b", "--env=SECRET=x=y"],
    ["-eDB_PASSWORD=***", "--env=SECRET=***"],
  ],
  [
    ["--header", "Authorization: Bearer abcdef123"],
    ["--header", "Authorization: ***"],
  ],
  [
    ["-H", "X-Api-Key:abc", "-H", "Accept: text/html"],
    ["-H", "X-Api-Key:***", "-H", "Accept: text/html"],
  ],
  [
    ["--token", "abc", "--vus", "5"],
    ["--token", "***", "--vus", "5"],
  ],
  [
    ["--api-key=abc", "--duration=5s"],
    ["--api-key=***", "--duration=5s"],
  ],
  [
    ["--token", "--vus", "5"],
    ["--token", "--vus", "5"],
  ],
  [
    ["-e", "MONKEY=banana", "-e", "KEYBOARD=de"],
    ["-e", "MONKEY=banana", "-e", "KEYBOARD=de"],
  ],
  [
    ["-e", "X=eyJhbGciOiJI.eyJzdWIi.c2ln"],
    ["-e", "X=***"],
  ],
])("the command %j is stored as %j", (given, stored) => {
  expect(redactCommand(given)).toEqual(stored);
});

test("options lose their secrets at any depth and keep everything else", () => {
  const options = {
    scenarios: { a: { rate: 5, env: { PASSWORD: "x", PAGE: "2" } } },
    hosts: ["http://u:p@h"],
    n: null,
  };
  expect(redactValue(options)).toEqual({
    scenarios: { a: { rate: 5, env: { PASSWORD: "***", PAGE: "2" } } },
    hosts: ["http://***@h"],
    n: null,
  });
});

test.each([
  ["sent Authorization: Bearer abcdef123", "sent Authorization: ***"],
  ["node s.js --password hunter2 --port 80", "node s.js --password *** --port 80"],
  ["node s.js --password 'two words' -v", "node s.js --password *** -v"],
  ["node s.js --password -v", "node s.js --password -v"],
  ["API_TOKEN=abc node s.js", "API_TOKEN=*** node s.js"],
  ['{"user":"ann","password":"two words","page":2}', '{"user":"ann","password":"***","page":2}'],
  ['{"noCookiesReset":false,"secret":null,"token":truest}', '{"noCookiesReset":false,"secret":null,"token":***}'],
  ['{"my_cookie":"\\"hello world\\"","n":1}', '{"my_cookie":"***","n":1}'],
  ['{"password":"two, words {and} more","n":1}', '{"password":"***","n":1}'],
  ['"{\\"token\\":\\"a, b\\",\\"n\\":1}"', '"{\\"token\\":\\"***\\",\\"n\\":1}"'],
  ['{"msg":"login, password: s3cr3t","n":1}', '{"msg":"login, password: ***","n":1}'],
  ["{\"data\":\"{'token':'s3cr3t'}\"}", "{\"data\":\"{'token':'***'}\"}"],
  ['{"body":"{\\"password\\":\\"a, \\\\\\"b\\"}"}', '{"body":"{\\"password\\":\\"***\\"}"}'],
  ['{"password": null, "token": false, "secret": {"a": 1}}', '{"password": null, "token": false, "secret": {"a": 1}}'],
  ['{"token":"a,"secret":"b",n:1}', '{"token":"***"secret":"***",n:1}'],
  ["{'secret': 'it\\'s', n: 1}", "{'secret': '***', n: 1}"],
  ["http_reqs{api_key:abc,name:/a}", "http_reqs{api_key:***,name:/a}"],
  ["failed: http://u:p@ss@h/?sig=x#y, twice", "failed: http://***@h/?sig=***#y, twice"],
  ["GET http://****:****@h/ failed", "GET http://****:****@h/ failed"],
  ["rate=5 vus=3 at 10:20, p(95)<=200", "rate=5 vus=3 at 10:20, p(95)<=200"],
])("the text %s is kept as %s, and twice is once", (given, kept) => {
  expect(redactText(given)).toBe(kept);
  expect(redactText(kept)).toBe(kept);
});

test.each([
  ["a URL without an end", `http://${"a".repeat(400_000)}`],
  ["a field that never ends", `{"token":"${"x".repeat(400_000)}`],
  ["backslashes in a field", `{"token":\\"${"\\".repeat(400_000)}`],
  ["backslashes before a name", `{${"\\".repeat(400_000)}`],
  ["opened brackets", `${'{"a":'.repeat(100_000)}`],
])("%s takes no longer than its length", (_name, hostile) => {
  const beganMs = performance.now();
  redactText(hostile);
  // What grows with the square of the length takes minutes.
  expect(performance.now() - beganMs).toBeLessThan(5000);
});

test("tags without secrets stay the same object, others lose them by name and by form", () => {
  const plain = { name: "/items?page=2", status: "200" };
  expect(redactTags(plain)).toBe(plain);
  expect(redactTags({ session: "abc", name: "/items?token=abc", status: "200" })).toEqual({
    session: "***",
    name: "/items?token=***",
    status: "200",
  });
});

test("the words of a command inside the command line lose their secrets too", () => {
  expect(redactCommand(["run", "--command", "api=node s.js --password X", "--label", "token=t"])).toEqual([
    "run",
    "--command",
    "api=node s.js --password ***",
    "--label",
    "token=***",
  ]);
});
