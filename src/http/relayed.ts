import type { HttpRequest } from "./exchange.js";
import type { ForwardProxy } from "./proxy.js";

/** A plain request as a proxy takes it: the whole URL in its first line, and the credentials for the proxy. */
export function relayed(request: HttpRequest, proxy: ForwardProxy): HttpRequest {
  const { url, host = url.host, headerLines } = request;
  return {
    ...request,
    // Where a script sets Host, that is whom the request is for, as in Go.
    url: { ...url, target: `http://${host}${url.target}` },
    headerLines: headerLines + proxy.authorizationLine,
  };
}
