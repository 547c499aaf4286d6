import { bundleScript } from "../script/bundle.js";
import { EngineWorkers } from "./engine-workers.js";
import type { ChosenEngine } from "./load-engine.js";
import type { RunRequest } from "./run-request.js";

/**
 * Our own engine, or k6 where the request asks for it.
 *
 * @throws {Problem} for a script that cannot be read or compiled, a k6 that is not there, or what k6 cannot do
 */
export async function chooseEngine(
  request: Pick<RunRequest, "script" | "k6" | "warmUpMs" | "layers">,
): Promise<ChosenEngine> {
  if (request.k6 === undefined) {
    const script = await bundleScript(request.script);
    return { script, foreign: undefined, open: (start, listener) => new EngineWorkers(start, listener) };
  }
  // Loaded only here: most runs need none of it.
  const [{ prepareK6 }, { checkForK6 }] = await Promise.all([import("./k6-engine.js"), import("./k6-refusals.js")]);
  checkForK6(request);
  return prepareK6(request.script, request.k6);
}
