// What the console says goes to a file of its own; debug lines need --verbose.
export default function () {
  console.debug("hidden");
  console.log("a word");
  console.warn("careful");
}
