import { didYouMean } from "../model/nearest.js";
import { exitCodes, Problem } from "../model/problem.js";
import type { Vu } from "../model/vu.js";
import { cryptoModule } from "./crypto.js";
import { dataModule } from "./data.js";
import { encodingModule } from "./encoding.js";
import { executionModule } from "./execution.js";
import { csvModule } from "./experimental/csv.js";
import { fsModule } from "./experimental/fs.js";
import { streamsModule } from "./experimental/streams.js";
import { webcryptoModule } from "./experimental/webcrypto.js";
import { grpcModule } from "./grpc.js";
import { htmlModule } from "./html.js";
import { httpModule } from "./http.js";
import { k6Module } from "./k6.js";
import { metricsModule } from "./metrics.js";
import { secretsModule } from "./secrets.js";
import { timersModule } from "./timers.js";
import { websocketsModule } from "./websockets.js";
import { wsModule } from "./ws.js";

/** The modules that scripts may import, each a factory for one VU. */
export const k6Modules: Readonly<Record<string, (vu: Vu) => object>> = {
  k6: k6Module,
  "k6/crypto": cryptoModule,
  "k6/data": dataModule,
  "k6/encoding": encodingModule,
  "k6/execution": executionModule,
  "k6/experimental/csv": csvModule,
  "k6/experimental/fs": fsModule,
  "k6/experimental/streams": streamsModule,
  // Older names, of which scripts are full.
  "k6/experimental/webcrypto": webcryptoModule,
  "k6/experimental/websockets": websocketsModule,
  "k6/html": htmlModule,
  "k6/http": httpModule,
  "k6/metrics": metricsModule,
  "k6/net/grpc": grpcModule,
  "k6/secrets": secretsModule,
  "k6/timers": timersModule,
  "k6/websockets": websocketsModule,
  "k6/ws": wsModule,
};

/** Modules of k6 that have no counterpart here. */
const absent: Readonly<Record<string, string>> = {
  "k6/browser": "Drive the pages' requests with k6/http, or run this script with k6 and a browser.",
  "k6/experimental/redis": "Leave the import out, or run this script with k6.",
};

const made = new WeakMap<Vu, Map<string, object>>();

/**
 * The module of that name for a VU; the same object at each call.
 *
 * @throws {Problem} `k6.module-absent` for one of k6's that is missing here, `k6.module-unknown` for any other name
 */
export function requireK6Module(vu: Vu, id: string): object {
  let modules = made.get(vu);
  if (modules === undefined) {
    modules = new Map();
    made.set(vu, modules);
  }
  let module = modules.get(id);
  if (module === undefined) {
    module = factoryOf(id)(vu);
    modules.set(id, module);
  }
  return module;
}

function factoryOf(id: string): (vu: Vu) => object {
  if (Object.hasOwn(k6Modules, id)) return k6Modules[id]!;
  const known = Object.keys(k6Modules);
  const details = { at: id, found: id, expected: known.join(", "), exitCode: exitCodes.scriptException };
  const remedy = Object.hasOwn(absent, id) ? absent[id] : undefined;
  if (remedy !== undefined) {
    throw new Problem("k6.module-absent", `The module ${id} is not supported.`, { ...details, hint: remedy });
  }
  throw new Problem("k6.module-unknown", `There is no module ${id}.`, {
    ...details,
    hint: `Correct the import.${didYouMean(id, [...known, ...Object.keys(absent)])}`,
  });
}
