// Open reads files beside the script.
import { check } from "k6";

const text = open("./data/note.txt");
const bytes = open("./data/note.txt", "b");

export default function () {
  check(null, { text: () => text === "a note\n", bytes: () => new Uint8Array(bytes).length === 7 });
}
