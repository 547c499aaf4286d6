import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What a command did: null for one that had to be killed. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const longestMs = 30_000;
/** Ends the output of one command on either stream. */
const mark = "<<end of the command>>";

/**
 * A process that runs the command line's own entry, one command after the other: each in a folder and an environment
 * of its own, and with threads of its own. Two thirds of a short run's CPU are the start of its process.
 */
export class CommandLine {
  private child: ChildProcess | undefined;

  constructor(private readonly main: string) {}

  async run(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
    const child = this.child ?? this.start();
    const overdue = setTimeout(() => child.kill("SIGKILL"), longestMs);
    const outputs = Promise.all([untilMark(child.stdout!), untilMark(child.stderr!)]);
    const code = new Promise<number | null>((resolve) => {
      child.once("message", (message) => resolve((message as { code: number | null }).code));
      child.once("close", () => resolve(null));
      child.send({ argv, cwd, env }, (error) => error !== null && resolve(null));
    });
    const [exit, [stdout, stderr]] = await Promise.all([code, outputs]);
    clearTimeout(overdue);
    return { exit, stdout, stderr };
  }

  private start(): ChildProcess {
    const file = join(import.meta.dirname, "command-line.mjs");
    const child = fork(file, [this.main, mark], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    child.setMaxListeners(0);
    child.on("error", () => {});
    child.on("exit", () => {
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    return child;
  }

  stop(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }
}

/** What a stream says up to the mark, or to its end. */
function untilMark(stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding("utf8");
  return new Promise((resolve) => {
    let text = "";
    const finish = (): void => {
      stream.off("data", hear);
      stream.off("end", finish);
      resolve(text.replace(mark, ""));
    };
    const hear = (part: string): void => {
      text += part;
      if (text.endsWith(mark)) finish();
    };
    stream.on("data", hear);
    stream.on("end", finish);
  });
}
