// A syntax error is shown with its line.
export default function () {
  const = 1;
}
