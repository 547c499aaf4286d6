import type { Socket } from "node:net";
import type { HttpRequest } from "./exchange.js";

// Copying a small body behind its head is cheaper than a second write; a large one is not copied.
const joinLimitBytes = 32 * 1024;

/**
 * Writes one request, in one write where it is small.
 *
 * @returns bytes handed to the socket
 */
export function writeRequest(socket: Socket, request: HttpRequest, onWritten: () => void): number {
  const { body, url } = request;
  const start = `${request.method} ${url.target} HTTP/1.1\r\nHost: ${request.host ?? url.host}\r\n`;
  if (body === null || body.length === 0) {
    const length = expectsBody(request.method) ? "Content-Length: 0\r\n" : "";
    const text = `${start}${request.headerLines}${length}\r\n`;
    socket.write(text, "latin1", onWritten);
    return text.length;
  }
  const bodyBytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const head = `${start}${request.headerLines}Content-Length: ${bodyBytes}\r\n\r\n`;
  if (typeof body === "string" && bodyBytes === body.length && bodyBytes <= joinLimitBytes) {
    // As many bytes as characters: ASCII, which is the same in latin1.
    socket.write(head + body, "latin1", onWritten);
  } else if (bodyBytes <= joinLimitBytes) {
    const joined = Buffer.allocUnsafe(head.length + bodyBytes);
    joined.write(head, "latin1");
    if (typeof body === "string") joined.write(body, head.length, "utf8");
    else joined.set(body, head.length);
    socket.write(joined, onWritten);
  } else {
    socket.cork();
    socket.write(head, "latin1");
    if (typeof body === "string") socket.write(body, "utf8", onWritten);
    else socket.write(body, onWritten);
    socket.uncork();
  }
  return head.length + bodyBytes;
}

/** Methods whose empty body is said to be empty, as Go does. */
export function expectsBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}
