import { Command } from "commander";
import { vendorScript } from "../harness/vendor.js";
import { terminal } from "./terminal.js";

/** `loadline vendor SCRIPT…` */
export function vendorCommand(): Command {
  return new Command("vendor")
    .description("fetch and pin what scripts import by URL, so that they run offline")
    .argument("<scripts...>", "k6 scripts")
    .option("--update", "fetch anew and pin what comes now")
    .addHelpText(
      "after",
      `
Examples:
  loadline vendor load.js
  loadline vendor --update scenarios/*.js

Writes loadline.lock (URL and sha256) and .loadline/modules/ beside it: keep both in version control.
k6-utils, k6-summary and httpx of jslib.k6.io are built in and need no fetching.`,
    )
    .action(async (scripts: string[], flags: { update?: boolean }) => {
      const err = terminal(process.stderr);
      for (const script of scripts) {
        const { lock, modules } = await vendorScript(script, flags);
        for (const { url, sha256, fetched } of modules) {
          err.write(`${fetched ? "fetched" : "pinned "}  ${sha256.slice(0, 12)}  ${url}\n`);
        }
        err.write(`${script}: ${modules.length} modules in ${lock}\n`);
      }
    });
}
