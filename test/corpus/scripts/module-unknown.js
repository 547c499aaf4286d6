// A module that does not exist is named.
import { x } from "k6/nowhere";

export default function () {
  x();
}
