// The stand-in for stamp-server.c where no C compiler is at hand: the same answers, 20-50 µs more wake-up.
import { createServer } from "node:net";

const stamps = new BigUint64Array(4 << 20);
let count = 0;
const answer = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}',
);

const server = createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    const at = process.hrtime.bigint();
    rest += bytes.toString("latin1");
    for (let end = rest.indexOf("\r\n\r\n"); end >= 0; end = rest.indexOf("\r\n\r\n")) {
      respond(socket, rest, at);
      rest = rest.slice(end + 4);
    }
  });
});

function respond(socket, request, at) {
  if (request.startsWith("GET /__stamps")) {
    const body = Buffer.from(stamps.buffer, 0, count * 8);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(Buffer.from(body));
    return;
  }
  if (request.startsWith("GET /__reset")) count = 0;
  else if (count < stamps.length) {
    stamps[count] = at;
    count += 1;
  }
  socket.write(answer);
}

// The parent holds our standard input open for as long as it lives.
process.stdin.on("end", () => process.exit(0)).resume();
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  process.stdout.write(`port ${server.address().port}\n`);
});
