/** Words that k6 writes in capitals where they are not the first: `data-test-id` is `testID`. */
const initialisms =
  "ACL API ASCII CPU CSS DNS EOF ETA GPU GUID HTML HTTP HTTPS ID IP JSON LHS OAuth OS QPS RAM RHS RPC SLA SMTP SQL SSH TCP TLS TTL UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS".split(
    " ",
  );

const written = new Map(initialisms.map((word) => [word.toLowerCase(), word]));

/** The words of a property: initialisms stand next to others without a mark, so the longest one counts. */
const propertyWord = new RegExp(`${initialisms.toSorted((a, b) => b.length - a.length).join("|")}|.\\P{Lu}*`, "gsu");

/** A `data-` attribute's name without its prefix, as the property that k6 makes of it. */
export function dataProperty(name: string): string {
  const dash = name.indexOf("-");
  if (dash === -1) return name;
  const rest = name.slice(dash + 1).split(/[-_]/);
  return name.slice(0, dash) + rest.map((word) => written.get(word) ?? capitalised(word)).join("");
}

/** The attribute that a property stands for: `testId` and `testID` are `data-test-id`. */
export function dataAttribute(property: string): string {
  const words = property.match(propertyWord) ?? [];
  return `data-${words.join("-").toLowerCase().replaceAll("_", "-")}`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
