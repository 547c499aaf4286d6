// HandleSummary gets groups, checks, options, state, thresholds and setup data.
import { check, group } from "k6";

export const options = { thresholds: { iterations: ["count>0"] }, summaryTrendStats: ["avg", "p(99)"] };

export function setup() {
  return { from: "setup" };
}

export default function () {
  group("outer", () => {
    check(1, { works: (n) => n === 1 });
  });
}

export function handleSummary(data) {
  const [setup, outer] = data.root_group.groups;
  const facts = [
    setup.name === "setup" && setup.checks.length === 0,
    outer.name === "outer" && outer.path === "::outer" && outer.checks[0].passes === 1,
    data.setup_data.from === "setup",
    data.options.summaryTrendStats.join() === "avg,p(99)",
    typeof data.state.testRunDurationMs === "number",
    data.metrics.iterations.thresholds["count>0"].ok === true,
    Object.keys(data.metrics.iteration_duration.values).join() === "avg,p(99)",
    data.metrics.checks.values.passes === 1 && data.metrics.checks.values.fails === 0,
  ];
  return { "facts.txt": facts.map(Number).join("") };
}
