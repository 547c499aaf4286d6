import { bundleScript } from "../script/bundle.js";
import { EngineWorkers } from "./engine-workers.js";
import type { ChosenEngine } from "./load-engine.js";
import type { RunRequest } from "./run-request.js";

/**
 * Our own engine, or k6 where the request asks for it.
 *
 * @throws {Problem} for a script that cannot be read or compiled, or a k6 that is not there
 */
export async function chooseEngine(request: Pick<RunRequest, "script" | "k6" | "warmUpMs">): Promise<ChosenEngine> {
  if (request.k6 === undefined) {
    const script = await bundleScript(request.script);
    return { script, foreign: undefined, open: (start, listener) => new EngineWorkers(start, listener) };
  }
  // Loaded only here: most runs need none of it.
  const { prepareK6 } = await import("./k6-engine.js");
  return prepareK6(request.script, request.k6, request.warmUpMs);
}
