// Stages alone are ramping users.
import { sleep } from "k6";

export const options = { stages: [{ duration: "1s", target: 2 }] };

export default function () {
  sleep(0.1);
}
