// A disabled summary calls no handleSummary.
export function handleSummary() {
  return { stdout: "never", "never.txt": "never" };
}
export default function () {}
