import { type BuildOptions, type BuildResult, build as bundle, stop } from "esbuild";

let running = 0;

/**
 * esbuild's own `build`, and nothing of it afterwards.
 *
 * It would leave a process behind that asks each second whether we are still there: on the generator's core, for the whole run.
 */
export async function build<T extends BuildOptions>(options: Parameters<typeof bundle<T>>[0]): Promise<BuildResult<T>> {
  running += 1;
  try {
    return await bundle<T>(options);
  } finally {
    running -= 1;
    if (running === 0) await stop();
  }
}
