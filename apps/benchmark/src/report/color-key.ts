import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** A model beside its colour, for a legend. */
interface Colored {
  readonly model: string;
  readonly color: string;
}

export function colorKey(models: readonly Colored[]): Html[] {
  return models.map(({ model, color }) => html`<span class="key" style="--key:${color}">${model}</span>`);
}
