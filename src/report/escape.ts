/** Control characters would move a terminal's cursor, forge a line of a log, or make XML invalid. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;
const loneSurrogates = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text from script or target on one line, without anything that a terminal would obey. */
export function plainText(text: string): string {
  return text.replace(controls, " ").replace(loneSurrogates, "\ufffd");
}

/** For HTML and XML, content and quoted attributes alike. */
export function escapeMarkup(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** For a cell of a Markdown table: no markup, no link, no mention, no new column. */
export function escapeMarkdown(text: string): string {
  // Entities last, so that their own signs are not escaped again.
  return plainText(text)
    .replace(/[\\`*_[\]|~#!]/g, (character) => `\\${character}`)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/@/g, "&#64;")
    .replace(/:\/\//g, ":&#47;&#47;");
}
