import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { studySize } from "../plots/decades.ts";
import { studyColor } from "../study-colors.ts";
import type { EstimatorsNumbers } from "./estimators-numbers.ts";
import type { EstimatorFacts } from "./measure-estimators.ts";

/** Of a normal distribution, for a two-sided interval of 95 %. */
const z = 1.96;

const families: readonly EstimatorFacts["family"][] = [
  "power series",
  "geometric roulette",
  "Poisson roulette",
  "exact",
];
const colorOf = (family: EstimatorFacts["family"]) => studyColor(families.indexOf(family));

export function drawEstimators(numbers: EstimatorsNumbers): Html {
  const { data, size, training, bitsPerDim, estimators } = numbers;
  const key = families.map((family) => ({ model: family, color: colorOf(family) }));
  const bounds = estimators.filter(({ finiteVariance }) => !finiteVariance);
  return html`<p>
      There are several ways to compute the log-determinant of a residual network. A power series is cut after
      a fixed number of terms and is biased. A Russian roulette cuts it after a random number of terms, gives
      the late terms more weight, and is right on average. The whole Jacobian gives the exact value. All of
      them are compared here on one network that was trained on crops of ${size.side} x ${size.side} pixels of
      ${data}.
    </p>
    <p>${colorKey(key)}</p>
    <div class="cards">
      <figure>
        <h3>Noise against cost</h3>
        ${raw(scatter(estimators))}
        <figcaption>
          The standard deviation of one estimate for one image, with 95 % confidence intervals, against the
          number of products with the Jacobian that each block takes for each image. The label is the number
          of terms, or of exact terms before the roulette begins. Every estimate has one random probe. The
          exact value has no noise, and takes ${size.side ** 2} products.
        </figcaption>
      </figure>
      <figure>
        <h3>Bias</h3>
        ${raw(biases(estimators))}
        <figcaption>
          The mean of ${size.repeats} estimates minus the exact log-det, with 95 % confidence intervals. An
          unbiased estimator has an interval that contains 0 about 19 times of 20.
        </figcaption>
      </figure>
    </div>
    ${table(estimators)}
    <p class="soft">
      Geometric laws have p = 0.5 and Poisson laws the rate 2, as in the published settings of Residual Flows.
      ${
        bounds.length === 0
          ? ""
          : `For the certified Lipschitz constants, the variance of ${bounds.length} of these settings is not proven to be finite. Then a measured deviation and its interval only describe these draws. `
      }The
      network has ${size.blocks} blocks of ${size.hiddenChannels} hidden channels, c = ${size.coefficient},
      and reaches ${bitsPerDim.toFixed(2)} bits/dim after ${training.steps} steps in batches of
      ${training.batchSize}. Times are those of batches of ${size.measuredImages} images.
    </p>`;
}

function scatter(estimators: readonly EstimatorFacts[]): string {
  const rows = estimators
    .filter(({ kind }) => kind !== "exact")
    .map((facts) => ({
      ...facts,
      color: colorOf(facts.family),
      low: Math.max(facts.deviation - z * facts.deviationError, 0.2 * facts.deviation),
      high: facts.deviation + z * facts.deviationError,
    }));
  return plotSvg(
    {
      ...studySize,
      x: {
        type: "log",
        label: "products with the Jacobian",
        ticks: [1, 2, 5, 10, 20, 50],
        tickFormat: String,
      },
      y: { type: "log", label: "standard deviation, nats", tickFormat: String, ticks: 5 },
      color: { type: "identity" },
      marks: [
        Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
        Plot.ruleX(rows, { x: "products", y1: "low", y2: "high", stroke: "color", strokeWidth: 1.5 }),
        Plot.line(rows, { x: "products", y: "deviation", z: "family", stroke: "color", strokeOpacity: 0.4 }),
        Plot.dot(rows, { x: "products", y: "deviation", fill: "color", r: 4 }),
        Plot.text(rows, { x: "products", y: "deviation", text: "label", fill: "color", dy: -11, dx: 10 }),
      ],
    },
    "Standard deviation of estimators of the log-det against their cost, logarithmic",
  );
}

function biases(estimators: readonly EstimatorFacts[]): string {
  const rows = estimators.map((facts) => ({
    ...facts,
    color: colorOf(facts.family),
    name: `${facts.family}, ${facts.label}`,
    low: facts.difference - z * facts.differenceError,
    high: facts.difference + z * facts.differenceError,
  }));
  return plotSvg(
    {
      ...studySize,
      marginLeft: 140,
      x: { label: "estimate minus exact, nats", ticks: 6 },
      y: { label: null, domain: rows.map(({ name }) => name), tickSize: 0 },
      color: { type: "identity" },
      marks: [
        Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
        Plot.ruleX([0], { stroke: "currentColor", strokeDasharray: "4 3" }),
        Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "color", strokeWidth: 2 }),
        Plot.dot(rows, { y: "name", x: "difference", fill: "color", r: 3.5 }),
      ],
    },
    "Mean estimate minus exact log-det for each estimator, with 95 % confidence intervals",
  );
}

function table(estimators: readonly EstimatorFacts[]): Html {
  const left = (heading: string) => ({ heading, align: "left" as const });
  const right = (heading: string) => ({ heading, align: "right" as const });
  return renderTable(
    [
      ...[left("estimator"), right("terms"), left("claim"), right("mean - exact"), right("limit on bias")],
      ...[right("deviation"), left("variance"), right("products"), right("ms per image")],
    ],
    estimators.map((facts, i) => ({
      first: i > 0 && facts.family !== estimators[i - 1]!.family,
      cells: [
        ...[facts.family, facts.label, facts.kind],
        `${short(facts.difference)} ± ${short(z * facts.differenceError)}`,
        short(facts.biasBound),
        `${short(facts.deviation)} ± ${short(z * facts.deviationError)}`,
        facts.kind === "exact" ? "none" : facts.finiteVariance ? "finite" : "not proven finite",
        facts.products.toFixed(1),
        facts.milliseconds.toFixed(2),
      ],
    })),
  );
}

const short = (value: number) =>
  value === 0 ? "0" : Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
