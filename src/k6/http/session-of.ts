import type { Vu } from "../../model/vu.js";
import { Session } from "./session.js";

const sessions = new WeakMap<Vu, Session>();

/** What a VU keeps between requests, whichever module makes them; the same object at each call. */
export function sessionOf(vu: Vu): Session {
  let session = sessions.get(vu);
  if (session === undefined) {
    session = new Session(vu);
    sessions.set(vu, session);
  }
  return session;
}
