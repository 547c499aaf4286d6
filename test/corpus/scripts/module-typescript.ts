// TypeScript is a script, too.
import http from "k6/http";
import type { Options } from "k6/options";

interface User {
  readonly name: string;
}

const user: User = { name: "Ada" };

export const options: Options = { iterations: 1 };

export default function (): void {
  http.get(`${__ENV.URL}/${user.name}`);
}
