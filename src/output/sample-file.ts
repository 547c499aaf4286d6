import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Problem } from "../model/problem.js";
import type { SampleBatch } from "../model/sample-batch.js";
import { csv } from "./csv.js";
import type { FormatContext, SampleFormat } from "./format.js";
import { jsonLines } from "./json-lines.js";

/** Where samples go: `--out json=FILE`. */
export interface OutputSpec {
  readonly format: "json" | "csv";
  /** Compressed where it ends in `.gz`. */
  readonly path: string;
}

/** Text that the disk has not taken yet; beyond, samples are counted as lost instead of filling the memory. */
const pendingLimitBytes = 128 * 1024 * 1024;

/** A file that samples are written to while the run goes on; it never holds the run up. */
export class SampleFile {
  /** The first thing that went wrong; the run goes on without the file. */
  failure: Problem | undefined;
  private lost = 0;

  private constructor(
    private readonly spec: OutputSpec,
    private readonly format: SampleFormat,
    private readonly entry: Writable,
    private readonly written: Promise<void>,
  ) {
    this.written.catch((error: unknown) => {
      this.failure ??= failed(spec.path, error);
    });
    if (format.head !== "") entry.write(format.head);
  }

  /** @throws {Problem} `output.not-writable` before any load starts */
  static async open(spec: OutputSpec, context: FormatContext): Promise<SampleFile> {
    const format = spec.format === "json" ? jsonLines(context) : csv(context);
    try {
      await (await open(spec.path, "w")).close();
    } catch (error) {
      throw failed(spec.path, error);
    }
    const file = createWriteStream(spec.path);
    if (!spec.path.endsWith(".gz")) return new SampleFile(spec, format, file, finished(file));
    const gzip = createGzip({ level: 1 });
    file.on("error", (error) => gzip.destroy(error));
    gzip.pipe(file);
    return new SampleFile(
      spec,
      format,
      gzip,
      Promise.all([finished(file), finished(gzip)]).then(() => {}),
    );
  }

  write(batch: SampleBatch): void {
    if (this.failure !== undefined) return;
    if (this.entry.writableLength > pendingLimitBytes) {
      this.lost += batch.value.length;
      return;
    }
    this.entry.write(this.format.lines(batch));
  }

  /** Waits until everything is on disk. @returns what the user must know; undefined where nothing is missing */
  async close(): Promise<Problem | undefined> {
    this.entry.end();
    await this.written.catch(() => {});
    // The handler above runs in a later turn than the promise.
    await Promise.resolve();
    if (this.failure === undefined && this.lost > 0) {
      this.failure = new Problem(
        "output.too-slow",
        `${this.lost} samples are missing in ${this.spec.path}: the disk was too slow.`,
        {
          at: this.spec.path,
          hint: "Write to a faster disk, or to a file ending in .gz. The run folder itself is complete.",
        },
      );
    }
    return this.failure;
  }
}

function failed(path: string, error: unknown): Problem {
  return new Problem("output.not-writable", `The output ${path} cannot be written.`, {
    at: path,
    found: (error as NodeJS.ErrnoException).code ?? String(error),
    hint: "Name a file in a folder that exists and that you may write to.",
    cause: error,
  });
}
