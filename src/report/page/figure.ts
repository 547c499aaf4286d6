import { Chart } from "../charts/catalog.js";
import type { ChartSpec } from "../charts/spec.js";
import { type ChartTheme, lightTheme } from "../charts/theme.js";
import type { ReportModel } from "../model.js";

/** One chart in the page: drawn when it comes near the screen, with its readout and its table. */
export class Figure {
  private chart: Chart<"line", { x: number; y: number }[]> | undefined;
  private readonly canvas: HTMLCanvasElement;
  private readonly line: HTMLElement | undefined;
  private readonly readout: HTMLElement | null;

  constructor(
    readonly spec: ChartSpec,
    readonly plot: HTMLElement,
    private readonly model: ReportModel,
  ) {
    this.canvas = plot.querySelector("canvas")!;
    this.readout = plot.parentElement!.querySelector(".readout");
    plot.style.height = `${spec.height}px`;
    if (spec.readout !== undefined) {
      this.line = document.createElement("div");
      this.line.className = "cursor";
      this.line.hidden = true;
      plot.append(this.line);
    }
    const table = plot.parentElement!.querySelector<HTMLElement>("[data-table]")!;
    // Thousands of rows: built when somebody asks for them.
    table.closest("details")!.addEventListener("toggle", () => fillTable(table, spec, model), { once: true });
  }

  get isDrawn(): boolean {
    return this.chart !== undefined;
  }

  draw(theme: ChartTheme): void {
    this.chart?.destroy();
    this.chart = new Chart(this.canvas, this.spec.configure(this.model, theme));
  }

  /** Light and at the paper's width, whatever the screen shows. */
  drawForPrint(): void {
    this.chart?.destroy();
    const config = this.spec.configure(this.model, lightTheme);
    // Not responsive: a chart that follows its box would take the screen's width back.
    this.chart = new Chart(this.canvas, { ...config, options: { ...config.options, responsive: false } });
    this.chart.resize(680, Math.round(this.spec.height * 0.52));
  }

  /** The second of the run under a horizontal position; undefined where nothing is drawn. */
  secondAt(clientX: number): number | undefined {
    const scale = this.chart?.scales.x;
    if (scale === undefined) return undefined;
    const at = scale.getValueForPixel(clientX - this.canvas.getBoundingClientRect().left);
    return at === undefined ? undefined : Math.min(Math.max(at, 0), scale.max);
  }

  showCursor(atS: number | undefined): void {
    if (this.spec.readout === undefined || this.line === undefined) return;
    const chart = this.chart;
    if (atS === undefined || chart === undefined) {
      this.line.hidden = true;
      if (this.readout !== null) this.readout.textContent = "";
      return;
    }
    const { top, bottom } = chart.chartArea;
    this.line.hidden = false;
    this.line.style.transform = `translateX(${chart.scales.x!.getPixelForValue(atS)}px)`;
    this.line.style.top = `${top}px`;
    this.line.style.height = `${bottom - top}px`;
    const items = this.spec.readout(this.model, atS);
    this.readout?.replaceChildren(
      ...items.map(({ label, value }) => {
        const item = document.createElement("span");
        const strong = document.createElement("b");
        strong.textContent = value;
        item.append(`${label} `, strong);
        return item;
      }),
    );
    this.plot.setAttribute("aria-valuenow", String(Math.floor(atS)));
    this.plot.setAttribute("aria-valuetext", items.map(({ label, value }) => `${label} ${value}`).join(", "));
  }
}

function fillTable(place: HTMLElement, spec: ChartSpec, model: ReportModel): void {
  const { headers, rows } = spec.table(model);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const header of headers) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = header;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const text of row) line.insertCell().textContent = text;
  }
  const box = document.createElement("div");
  box.className = "scroll long";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", `Table behind ${spec.title}`);
  box.append(table);
  place.replaceChildren(box);
}
