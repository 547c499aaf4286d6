#!/usr/bin/env node
import { main } from "./main.js";
import { survivesClosedOutput } from "./terminal.js";

survivesClosedOutput();
process.exitCode = await main(process.argv);
