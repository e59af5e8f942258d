import { expect, it } from "vitest";
import { ownCatalogue } from "../catalogue/catalogue.ts";
import type { Grid } from "../tuning/grid.ts";
import { jobsOf, paceName } from "./jobs-of.ts";

const selection = { datasets: ["moons", "rings", "glyphs"], models: ["glow"], seed: 4, seeds: 2, grid: null };

it("every seed is a job of its own, and the first keeps the plain name", () => {
  expect(jobsOf(selection, ownCatalogue).map(({ name, seed }) => [name, seed])).toEqual([
    ["moons-glow", 4],
    ["moons-glow-seed5", 5],
    ["rings-glow", 4],
    ["rings-glow-seed5", 5],
    ["glyphs-glow", 4],
    ["glyphs-glow-seed5", 5],
  ]);
});

it("a search has a job for every combination", () => {
  const grid: Grid = { learningRates: [0.01, 0.02], warmUps: [0], clips: [5] };
  const jobs = jobsOf({ ...selection, datasets: ["moons"], seeds: 1, grid }, ownCatalogue);
  expect(jobs.map(({ name }) => name)).toEqual([
    "moons-glow-rate0.01-warm0-clip5",
    "moons-glow-rate0.02-warm0-clip5",
  ]);
});

it("seeds share a measured pace, and so do all data sets in the plane", () => {
  expect([...new Set(jobsOf(selection, ownCatalogue).map(paceName))]).toEqual(["plane-glow", "glyphs-glow"]);
});

it("a model takes part in the tasks that it is built for", () => {
  const jobs = jobsOf({ ...selection, seeds: 1, models: ["glow", "resnet"] }, ownCatalogue);
  expect(jobs.map(({ name, task }) => [name, task])).toEqual([
    ["moons-glow", "density"],
    ["rings-glow", "density"],
    ["glyphs-glow", "density"],
    ["glyphs-resnet-classification", "classification"],
  ]);
});
