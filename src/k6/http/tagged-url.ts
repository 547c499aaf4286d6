/** What the `http.url` template tag returns: a URL, and the name under which its samples are grouped. */
export class TaggedUrl {
  constructor(
    readonly url: string,
    readonly name: string,
  ) {}

  toString(): string {
    return this.url;
  }
}

/** Tags a template, so that URLs that differ in their values only share one `name` tag. */
export function taggedUrl(strings: TemplateStringsArray, ...values: readonly unknown[]): TaggedUrl {
  let url = strings[0] ?? "";
  let name = url;
  for (let i = 0; i < values.length; i += 1) {
    const rest = strings[i + 1] ?? "";
    url += String(values[i]) + rest;
    name += `\${}${rest}`;
  }
  return new TaggedUrl(url, name);
}
