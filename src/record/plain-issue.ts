import type { z } from "zod";

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  null: "null",
};

/** What a document should have had where it was found wrong: "a number", \'"valid" or "invalid"\'. */
export function expectedWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value) ?? String(value)).join(" or ");
    case "unrecognized_keys":
      return `no field ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "too_small":
      return `at least ${issue.minimum}${sizeNoun(issue.origin)}`;
    case "too_big":
      return `at most ${issue.maximum}${sizeNoun(issue.origin)}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return "one of the forms that it may have";
    case "invalid_format":
      return `a text in the form ${issue.format}`;
    case "invalid_key":
    case "invalid_element":
      return "other contents";
    case "custom":
      return issue.message;
  }
}

function sizeNoun(origin: string): string {
  return { string: " characters", array: " elements" }[origin] ?? "";
}
