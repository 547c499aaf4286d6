import * as z from "zod";
import { probeSchema } from "../probe/kinds.js";

/** What `loadline.config.ts` may hold. */
export const configSchema = z.strictObject({
  /** Where the target is; `-e BASE_URL=…` and a started target's own word win over it. */
  baseUrl: z.string().optional(),
  /** Options in k6's shape, below those of the script. */
  options: z.record(z.string(), z.unknown()).optional(),
  /** For `__ENV`; `-e` wins over it. */
  env: z.record(z.string(), z.string()).optional(),
  /** The scenarios of a night, paths relative to this file. */
  scripts: z.array(z.string()).optional(),
  /** Probes by name: what to ask of the target and its surroundings, and what the answer must be. */
  probes: z
    .record(z.string().regex(/^[\w.-]+$/, "a name of letters, digits, dots and dashes"), probeSchema)
    .default({}),
});

/** A config as written, before its defaults are filled in. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config as read. */
export type Config = z.output<typeof configSchema>;

/** The config itself: gives `loadline.config.ts` its types. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
