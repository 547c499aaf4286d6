import {
  Chart,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  SubTitle,
  Title,
  Tooltip,
} from "chart.js";
import { MatrixController, MatrixElement } from "chartjs-chart-matrix";
import annotation from "chartjs-plugin-annotation";
import { cpuChart } from "./cpu.js";
import { heatMapChart } from "./heat-map.js";
import { memoryChart } from "./memory.js";
import { percentilesChart } from "./percentiles.js";
import { rateChart } from "./rate.js";
import { serviceResponseChart } from "./service-response.js";
import type { ChartSpec } from "./spec.js";
import { spectrumChart } from "./spectrum.js";

Chart.register(
  LineController,
  LineElement,
  PointElement,
  LinearScale,
  LogarithmicScale,
  Filler,
  Legend,
  Title,
  SubTitle,
  Tooltip,
  MatrixController,
  MatrixElement,
  annotation,
);

/** Every chart of the report, in the page's order; with what they need registered once. */
export const charts: readonly ChartSpec[] = [
  percentilesChart,
  spectrumChart,
  serviceResponseChart,
  heatMapChart,
  memoryChart,
  cpuChart,
  rateChart,
];
export { Chart };
