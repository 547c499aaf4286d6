// Open works at the top of the script only.
import http from "k6/http";

const url = __ENV.URL;

export default function () {
  open("./data/note.txt");
  http.get(`${url}/after`);
}
