import { createCanvas, GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";
import type { ChartItem } from "chart.js";
import { Chart } from "./charts/catalog.js";
import type { LineChart } from "./charts/spec.js";
import { bundledFontFamily, pngTheme } from "./charts/theme.js";
import { plainText } from "./escape.js";

export interface PngOptions {
  /** CSS pixels; the picture has `density` times as many each way. */
  readonly width: number;
  readonly height: number;
  readonly density?: number;
  /** Bytes of the files that `font.ts` names. */
  readonly fonts: { readonly regular: Uint8Array; readonly bold: Uint8Array };
}

let registered = false;

/**
 * Draws a chart as PNG. The same input gives the same bytes, with or without fonts on the machine.
 *
 * @throws {Error} where the font bytes are no font
 */
export function drawPng(config: LineChart, options: PngOptions): Buffer {
  registerFonts(options.fonts);
  const { width, height, density = 2 } = options;
  const canvas = createCanvas(width, height);
  acceptAnyText(canvas.getContext("2d"));
  const chart = new Chart(
    canvas as unknown as ChartItem,
    {
      ...config,
      options: { ...config.options, responsive: false, animation: false, devicePixelRatio: density },
      plugins: [...(config.plugins ?? []), background],
    } as LineChart,
  );
  try {
    return canvas.toBuffer("image/png");
  } finally {
    chart.destroy();
  }
}

const background = {
  id: "background",
  beforeDraw({ ctx, width, height }: Chart): void {
    ctx.save();
    ctx.fillStyle = pngTheme.background;
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

/** The canvas refuses a NUL or a lone surrogate, and names of scripts and targets may hold either. */
function acceptAnyText(context: SKRSContext2D): void {
  const { fillText, strokeText, measureText } = context;
  context.fillText = (text, x, y, maxWidth) => fillText.call(context, plainText(text), x, y, maxWidth);
  context.strokeText = (text, x, y, maxWidth) => strokeText.call(context, plainText(text), x, y, maxWidth);
  context.measureText = (text) => measureText.call(context, plainText(text));
}

function registerFonts(fonts: PngOptions["fonts"]): void {
  if (registered) return;
  for (const bytes of [fonts.regular, fonts.bold]) {
    const bytesOfOwn = Buffer.from(bytes);
    if (GlobalFonts.register(bytesOfOwn, bundledFontFamily) === null) {
      throw new Error("The bundled chart font could not be read; install the package again.");
    }
  }
  registered = true;
}
