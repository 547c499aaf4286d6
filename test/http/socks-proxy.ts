import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface SocksProxy {
  readonly port: number;
  /** Where it was asked to go, and by whom. */
  readonly seen: string[];
  close(): void;
}

/**
 * A SOCKS5 proxy on this machine (RFC 1928, 1929), for which every host name is 127.0.0.1. It answers byte by byte.
 *
 * @param credentials "user:password" that it asks for
 * @param reply what it answers to a wish to connect; 0 is yes
 */
export async function startSocks(credentials?: string, reply = 0): Promise<SocksProxy> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    void serve(socket).catch(() => socket.destroy());
  });
  async function serve(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    const slowly = async (bytes: readonly number[]): Promise<void> => {
      for (const byte of bytes) {
        socket.write(Buffer.from([byte]));
        await new Promise((done) => setTimeout(done, 1));
      }
    };
    let unread: Buffer = Buffer.alloc(0);
    const next = async (count: number): Promise<Buffer> => {
      while (unread.length < count) {
        const chunk = (socket.read() as Buffer | null) ?? undefined;
        if (chunk !== undefined) unread = Buffer.concat([unread, chunk]);
        else await new Promise((done) => socket.once("readable", done));
      }
      const bytes = unread.subarray(0, count);
      unread = unread.subarray(count);
      return bytes;
    };
    const [, count] = await next(2);
    const methods = [...(await next(count!))];
    const wanted = credentials === undefined ? 0 : 2;
    if (!methods.includes(wanted)) return void socket.end(Buffer.from([5, 0xff]));
    await slowly([5, wanted]);
    let user = "";
    if (wanted === 2) {
      const [, userLength] = await next(2);
      user = (await next(userLength!)).toString();
      const [passwordLength] = await next(1);
      const password = (await next(passwordLength!)).toString();
      const isKnown = `${user}:${password}` === credentials;
      await slowly([1, isKnown ? 0 : 1]);
      if (!isKnown) return void socket.end();
    }
    const [, , , type] = await next(4);
    const name =
      type === 3 ? (await next((await next(1))[0]!)).toString() : (await next(type === 1 ? 4 : 16)).toString("hex");
    const port = (await next(2)).readUInt16BE();
    seen.push(`${user}>${name}:${port}`);
    await slowly([5, reply, 0, 1, 127, 0, 0, 1, 0, 80]);
    if (reply !== 0) return void socket.end();
    const onward = connect(port, "127.0.0.1");
    onward.on("error", () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
