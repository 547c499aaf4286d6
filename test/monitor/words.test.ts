import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "../../src/monitor/words.js";

test.each([
  ["node server.js", ["node", "server.js"]],
  ["  node\t--port  80 ", ["node", "--port", "80"]],
  [`node -e "console.log('a b')"`, ["node", "-e", "console.log('a b')"]],
  [`echo 'a "b" \\n' c`, ["echo", 'a "b" \\n', "c"]],
  [`a\\ b "c\\"d" "e\\f"`, ["a b", 'c"d', "e\\f"]],
  [`run --name='two words'x ""`, ["run", "--name=two wordsx", ""]],
  ["echo $HOME *.js | cat; ls", ["echo", "$HOME", "*.js", "|", "cat;", "ls"]],
])("%s", (command, words) => {
  expect(splitWords(command)).toEqual(words);
});

test.each([
  ["", "command.empty"],
  ["  ", "command.empty"],
  ["''", "command.empty"],
  ["node 'server.js", "command.unfinished-quote"],
  ['node "a', "command.unfinished-quote"],
])("%j is refused", (command, code) => {
  expect(() => splitWords(command)).toThrow(expect.objectContaining({ code }));
});

test("whatever the words, in single quotes they come back", () => {
  const words = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(words, (wanted) => {
      const quoted = wanted.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
      expect(splitWords(quoted)).toEqual(wanted);
    }),
  );
});
