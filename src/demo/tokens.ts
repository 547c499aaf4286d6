import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const lifetimeMs = 3_600_000;
const accounts: Readonly<Record<string, string>> = { demo: "demo", reader: "reader" };

/** Signed tokens that carry their own expiry: none is stored, so a million logins cost no memory. */
export class Tokens {
  readonly #key = randomBytes(32);
  /** How often each user has rotated: older tokens were signed under a smaller number. */
  readonly #generations = new Map<string, number>();

  constructor(private readonly faults = { voidsOld: true }) {}

  /** @returns undefined where user and password do not match */
  login(user: string, password: string, nowMs: number): string | undefined {
    if (!Object.hasOwn(accounts, user) || accounts[user] !== password) return undefined;
    return this.#issue(user, nowMs);
  }

  /** @returns a new token for the bearer of a valid one; every older one of the user's is void from now on */
  rotate(token: string, nowMs: number): string | undefined {
    const user = this.userOf(token, nowMs);
    if (user === undefined) return undefined;
    if (this.faults.voidsOld) this.#generations.set(user, (this.#generations.get(user) ?? 0) + 1);
    return this.#issue(user, nowMs);
  }

  /** @returns the user of a valid token */
  userOf(token: string, nowMs: number): string | undefined {
    const [user = "", expiry = "", signature = "", ...rest] = token.split(".");
    const given = Buffer.from(signature);
    const made = Buffer.from(this.#sign(user, expiry));
    if (rest.length > 0 || given.length !== made.length || !timingSafeEqual(given, made)) return undefined;
    return Number.parseInt(expiry, 36) > nowMs ? user : undefined;
  }

  #issue(user: string, nowMs: number): string {
    const expiry = (nowMs + lifetimeMs).toString(36);
    return `${user}.${expiry}.${this.#sign(user, expiry)}`;
  }

  #sign(user: string, expiry: string): string {
    const claim = `${user}.${expiry}.${this.#generations.get(user) ?? 0}`;
    return createHmac("sha256", this.#key).update(claim).digest("base64url");
  }
}
