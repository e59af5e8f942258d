#!/usr/bin/env node
import { bench } from "./cli/bench.ts";
import { surviveClosedOutput } from "./cli/closed-output.ts";

surviveClosedOutput();
process.exitCode = await bench(process.argv.slice(2));
