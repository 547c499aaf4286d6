/** Words that k6 writes in capitals where they are not the first: `data-test-id` is `testID`. */
const initialisms = new Set(
  (
    "acl api ascii cpu css dns eof etag guid html http https id ip json lhs oauth os qps ram rhs rpc sla smtp sql ssh " +
    "tcp tls ttl udp ui uid uuid uri url utf8 vm xml xmpp xsrf xss"
  ).split(" "),
);

/** A `data-` attribute's name without its prefix, as the property that k6 makes of it. */
export function dataProperty(name: string): string {
  const [first = "", ...rest] = name.split("-");
  return first + rest.map((word) => (initialisms.has(word) ? word.toUpperCase() : capitalised(word))).join("");
}

/** The attribute that a property stands for: `testId` and `testID` are `data-test-id`. */
export function dataAttribute(property: string): string {
  const words = property.replace(/([a-z\d])([A-Z])/g, "$1-$2").replace(/([A-Z])([A-Z][a-z])/g, "$1-$2");
  return `data-${words.toLowerCase()}`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
