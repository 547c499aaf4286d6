import { STATUS_CODES } from "node:http";

/** Where Go's words, thus k6's, are not Node's. */
const ofGo: Readonly<Record<number, string>> = {
  413: "Request Entity Too Large",
  414: "Request URI Too Long",
  416: "Requested Range Not Satisfiable",
  418: "I'm a teapot",
  509: "",
};

/** The text that stands for a status where the server sends none; "" for a status that nobody has named. */
export function reasonOf(status: number): string {
  return ofGo[status] ?? STATUS_CODES[status] ?? "";
}
