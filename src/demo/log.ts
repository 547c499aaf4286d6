import { write, writeSync } from "node:fs";

export interface AccessEntry {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

/** JSON lines, written in batches: a thousand single writes a second would cost more than the service itself. */
export interface AccessLog {
  request(entry: AccessEntry): void;
  close(): void;
}

const batchMs = 200;
const bufferLimit = 1024 * 1024;

interface LogSettings {
  readonly fd?: number;
  /** A fault: lines that cannot be told apart. */
  readonly isWithoutIds?: boolean;
}

/** @param fd where the lines go; a reader that is slow or gone never holds up the service */
export function startLog(
  level: "all" | "errors" | "none",
  { fd = 1, isWithoutIds = false }: LogSettings = {},
): AccessLog {
  if (level === "none") return { request() {}, close() {} };
  let pending = "";
  let writing: Buffer | undefined;
  let dropped = 0;
  let broken = false;

  const flush = () => {
    if (writing !== undefined || broken) return;
    if (dropped > 0) {
      pending += `${JSON.stringify({ time: new Date().toISOString(), level: "warn", msg: "log lines dropped", dropped })}\n`;
      dropped = 0;
    }
    if (pending === "") return;
    writing = Buffer.from(pending);
    pending = "";
    writeRest();
  };
  const writeRest = () => {
    write(fd, writing!, (error, written) => {
      if (error?.code === "EAGAIN") return void setTimeout(writeRest, batchMs).unref();
      broken = error !== null;
      writing = broken || written >= writing!.length ? undefined : writing!.subarray(written);
      if (writing !== undefined) writeRest();
    });
  };
  const timer = setInterval(flush, batchMs).unref();

  return {
    request(entry) {
      if (level === "errors" && entry.status < 400) return;
      if (pending.length > bufferLimit) {
        dropped += 1;
        return;
      }
      pending += line(isWithoutIds ? { ...entry, requestId: "" } : entry);
    },
    close() {
      clearInterval(timer);
      // What an unfinished write holds is on its way; the rest goes out before the process does.
      if (broken || pending === "") return;
      try {
        writeSync(fd, pending);
      } catch {
        // The reader has gone: there is nobody left to tell.
      }
      pending = "";
      broken = true;
    },
  };
}

function line(entry: AccessEntry): string {
  const level = entry.status >= 500 ? "error" : entry.status >= 400 ? "warn" : "info";
  return (
    `{"time":"${new Date().toISOString()}","level":"${level}","msg":"request",` +
    `"requestId":${JSON.stringify(entry.requestId)},"method":"${entry.method}","route":"${entry.route}",` +
    `"path":${JSON.stringify(entry.path)},"status":${entry.status},"durationMs":${entry.durationMs.toFixed(3)}}\n`
  );
}
