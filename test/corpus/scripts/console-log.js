// Console writes to the log, objects as JSON.
export default function () {
  console.log("a word", { a: 1 });
  console.warn("careful");
  console.error("broken");
}
