import { charts } from "../charts/catalog.js";
import { Figure } from "./figure.js";
import { readModel } from "./inflate.js";
import { ThemeChoice } from "./theme-choice.js";

const figures: Figure[] = [];
const theme = new ThemeChoice(document.getElementById("theme")!, () => {
  for (const figure of figures) if (figure.isDrawn) figure.draw(theme.theme);
});

const model = await readModel();
const endS = (model.time.columns * model.time.stepMs) / 1000;
for (const plot of document.querySelectorAll<HTMLElement>("[data-chart]")) {
  const spec = charts.find((chart) => chart.id === plot.dataset.chart);
  if (spec !== undefined) figures.push(new Figure(spec, plot, model));
}

const nearScreen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      const figure = figures.find(({ plot }) => plot === target);
      if (!isIntersecting || figure === undefined || figure.isDrawn) continue;
      nearScreen.unobserve(target);
      figure.draw(theme.theme);
      figure.showCursor(cursorS);
    }
  },
  { rootMargin: "400px" },
);

let cursorS: number | undefined;
function moveCursor(atS: number | undefined): void {
  cursorS = atS;
  for (const figure of figures) figure.showCursor(atS);
}

for (const figure of figures) {
  const { plot, spec } = figure;
  nearScreen.observe(plot);
  if (spec.readout === undefined) continue;
  plot.setAttribute("aria-valuemax", String(Math.floor(endS)));
  plot.addEventListener("pointermove", (event) => moveCursor(figure.secondAt(event.clientX)));
  plot.addEventListener("pointerleave", () => moveCursor(undefined));
  plot.addEventListener("keydown", (event) => {
    const step = model.time.stepMs / 1000;
    const from = cursorS ?? 0;
    const target = {
      ArrowRight: from + step,
      ArrowLeft: from - step,
      PageDown: from + 10 * step,
      PageUp: from - 10 * step,
      Home: 0,
      End: endS - step / 2,
      Escape: undefined,
    }[event.key];
    if (target === undefined && event.key !== "Escape") return;
    event.preventDefault();
    moveCursor(target === undefined ? undefined : Math.min(Math.max(target, 0), endS));
  });
}

addEventListener("beforeprint", () => {
  moveCursor(undefined);
  for (const figure of figures) figure.drawForPrint();
});
addEventListener("afterprint", () => {
  for (const figure of figures) figure.draw(theme.theme);
});
document.documentElement.dataset.ready = "true";
