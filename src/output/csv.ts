import type { Tags } from "../model/metric.js";
import type { FormatContext, SampleFormat } from "./format.js";

/** System tags that k6 keeps as metadata, so that they have no column. */
const notIndexed = new Set(["vu", "iter"]);

/** k6's CSV output: a column for each enabled system tag, other tags as `a=1&b=2` in `extra_tags`; times in seconds. */
export function csv({ systemTags }: FormatContext): SampleFormat {
  const columns = systemTags.filter((tag) => !notIndexed.has(tag)).sort();
  const known = new Set(systemTags);
  const cells = (tags: Tags): string => {
    const values = columns.map((column) => cell(tags[column] ?? ""));
    const extra = Object.keys(tags)
      .filter((tag) => !known.has(tag))
      .sort()
      .map((tag) => `${tag}=${tags[tag]}`)
      .join("&");
    const metadata = [...notIndexed]
      .filter((tag) => known.has(tag) && tags[tag] !== undefined)
      .map((tag) => `${tag}=${tags[tag]}`)
      .join("&");
    return [...values, cell(extra), cell(metadata)].join(",");
  };
  return {
    head: `${["metric_name", "timestamp", "metric_value", ...columns, "extra_tags", "metadata"].join(",")}\n`,
    lines(batch) {
      const names = batch.metrics.map(({ name }) => cell(name));
      const tails = batch.tags.map(cells);
      let text = "";
      for (let i = 0; i < batch.value.length; i += 1) {
        const second = Math.floor(batch.timeMs[i]! / 1000);
        text += `${names[batch.metric[i]!]},${second},${batch.value[i]!.toFixed(6)},${tails[batch.tag[i]!]}\n`;
      }
      return text;
    },
  };
}

/** RFC 4180: quoted where it holds a comma, a quote or a line break. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
