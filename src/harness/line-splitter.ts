import { StringDecoder } from "node:string_decoder";

/**
 * Cuts a stream of bytes into lines.
 *
 * A line longer than the bound is handed on in pieces, so that a stream without line breaks takes no memory.
 */
export class LineSplitter {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly longest = 1 << 20,
  ) {}

  push(bytes: Uint8Array): void {
    const lines = (this.rest + this.decoder.write(bytes)).split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) this.onLine(line);
    if (this.rest.length > this.longest) this.end();
  }

  /** The stream is over: what came after the last line break is a line too. */
  end(): void {
    const last = this.rest;
    this.rest = "";
    if (last !== "") this.onLine(last);
  }
}
