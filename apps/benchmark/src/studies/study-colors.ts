import { modelStyle, modelVariable } from "../report/style.ts";

/** Colours that are told apart on a light and on a dark page, also by readers who see few colours. */
const colors = [
  { light: "#2f6fde", dark: "#74a5ff" },
  { light: "#0f8a6d", dark: "#4fd1b0" },
  { light: "#8a4fc7", dark: "#c59bf5" },
  { light: "#d9730d", dark: "#f5a04c" },
  { light: "#c22f55", dark: "#ff7f9e" },
  { light: "#7a6a12", dark: "#d8c452" },
];

const nameAt = (index: number) => `study-${index % colors.length}`;

/** The style sheet that defines them. */
export const studyColorStyle = modelStyle(colors.map((color, i) => ({ name: nameAt(i), color })));

/** The colour of the i-th thing that a study compares. */
export const studyColor = (index: number) => `var(${modelVariable(nameAt(index))})`;
