#!/usr/bin/env node
import { bench } from "./cli/bench.ts";

process.exitCode = await bench(process.argv.slice(2));
