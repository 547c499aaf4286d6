/** How to write to a stream: with colour or not, as a screen or as a log. */
export interface Terminal {
  readonly color: boolean;
  readonly isTTY: boolean;
  readonly width: number;
  write(text: string): void;
}

/** NO_COLOR and FORCE_COLOR decide where they are set; else a screen has colour and a file has none. */
export function terminal(stream: NodeJS.WriteStream, options: { readonly color?: boolean } = {}): Terminal {
  const { NO_COLOR, FORCE_COLOR, CI } = process.env;
  const isTTY = stream.isTTY === true && CI === undefined;
  let color = isTTY;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") color = FORCE_COLOR !== "0";
  if (NO_COLOR !== undefined && NO_COLOR !== "") color = false;
  if (options.color === false) color = false;
  return { color, isTTY, width: stream.columns ?? 100, write: (text) => void stream.write(text) };
}

/** Text of the script's or the target's must not steer the terminal. */
export function escapeControl(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}

/** A reader that went away (`| head`), or a full disk behind stdout, must not end a run that is being recorded. */
export function survivesClosedOutput(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.stderr.write(`stdout cannot be written: ${error.message}\n`);
  });
}

/** Wraps text in an ANSI style where the terminal has colour. */
export function paint(
  out: Pick<Terminal, "color">,
  style: "red" | "green" | "yellow" | "cyan" | "bold" | "dim",
  text: string,
): string {
  if (!out.color) return text;
  const codes = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;
  return `\u001b[${codes[style]}m${text}\u001b[0m`;
}
