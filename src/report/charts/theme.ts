/** Colours and lettering of every chart; data, so that page and PNG can differ in nothing else. */
export interface ChartTheme {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  /** Okabe-Ito, in the shades that this background bears. */
  readonly blue: string;
  readonly sky: string;
  readonly orange: string;
  readonly vermillion: string;
  readonly green: string;
  readonly purple: string;
  /** Translucent fill between service and response time. */
  readonly gap: string;
  /** Behind a label that stands on lines. */
  readonly veil: string;
  readonly fontFamily: string;
  /** Title and subtitle inside the picture; the page has headings of its own. */
  readonly headings: boolean;
  /** Where on the cividis scale the emptiest cell stands, so that it can be told from the background. */
  readonly heatFrom: number;
}

export const lightTheme: ChartTheme = {
  background: "#ffffff",
  text: "#17202a",
  muted: "#5b6672",
  grid: "#e8ebef",
  axis: "#b9c1ca",
  blue: "#0072b2",
  sky: "#56b4e9",
  orange: "#e69f00",
  vermillion: "#d55e00",
  green: "#009e73",
  purple: "#b65c94",
  gap: "rgba(213, 94, 0, 0.22)",
  veil: "rgba(255, 255, 255, 0.8)",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  headings: false,
  heatFrom: 0,
};

export const darkTheme: ChartTheme = {
  ...lightTheme,
  background: "#141a21",
  text: "#e8edf2",
  muted: "#9aa7b4",
  grid: "#232c36",
  axis: "#475361",
  blue: "#4ba3e3",
  sky: "#8fd0f5",
  orange: "#f0b429",
  vermillion: "#ff7f3f",
  green: "#2cc295",
  purple: "#d98bbb",
  gap: "rgba(255, 127, 63, 0.26)",
  veil: "rgba(20, 26, 33, 0.8)",
  heatFrom: 0.22,
};

/** The family under which {@link drawPng} registers the font bytes that it is given. */
export const bundledFontFamily = "Loadline Sans";

export const pngTheme: ChartTheme = { ...lightTheme, fontFamily: `"${bundledFontFamily}"`, headings: true };

/** cividis, readable by colour-blind eyes and in grey print (Nuñez, Anderton and Renslow, 2018). */
const cividisAnchors: readonly (readonly [number, number, number])[] = [
  [0, 32, 77],
  [0, 48, 111],
  [42, 64, 108],
  [72, 82, 107],
  [94, 98, 110],
  [114, 114, 116],
  [135, 132, 121],
  [158, 150, 119],
  [182, 169, 113],
  [208, 190, 103],
  [234, 211, 87],
  [255, 234, 70],
];

/** @param share from 0, dark blue, to 1, yellow */
export function cividis(share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (cividisAnchors.length - 1);
  const low = cividisAnchors[Math.floor(place)]!;
  const high = cividisAnchors[Math.ceil(place)]!;
  const mix = (i: 0 | 1 | 2): number => Math.round(low[i] + (place - Math.floor(place)) * (high[i] - low[i]));
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}
