import type { Random } from "./latency.js";

export interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
}

const stocked = 1000;
const createdLimit = 1000;
const cacheLimit = 900;

/** What came of looking for an item. */
export interface Lookup {
  readonly body: string | undefined;
  readonly hit: boolean;
}

/**
 * Items 1 to 1,000 for ever, and the last 1,000 created ones; in front, a cache of 900.
 *
 * Everything is bounded: the target's own memory must be flat.
 */
export class ItemStore {
  readonly #stock: readonly string[];
  readonly #created: string[] = [];
  readonly #cache = new Map<number, string>();
  readonly #cachedIds: number[] = [];
  readonly #lists = new Map<number, string>();
  #nextId = stocked + 1;

  /** @param faults what is broken on request */
  constructor(
    private readonly random: Random,
    private readonly faults = { isCaching: true, priceShift: 0 },
  ) {
    this.#stock = Array.from({ length: stocked }, (_, i) => JSON.stringify(stockItem(i + 1, faults.priceShift)));
  }

  /** @returns the item as JSON; `hit` says whether the cache had it */
  find(id: number): Lookup {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return { body: cached, hit: true };
    const body = this.#load(id);
    if (body !== undefined && this.faults.isCaching) this.#remember(id, body);
    return { body, hit: false };
  }

  /** The first items as a JSON document. @param limit from 1 to 100 */
  list(limit: number): string {
    let body = this.#lists.get(limit);
    if (body === undefined) {
      body = `{"items":[${this.#stock.slice(0, limit).join(",")}],"count":${limit}}`;
      this.#lists.set(limit, body);
    }
    return body;
  }

  create(name: string, price: number): string {
    const id = this.#nextId;
    this.#nextId += 1;
    const body = JSON.stringify({ id, name, price } satisfies Item);
    this.#created[id % createdLimit] = body;
    return body;
  }

  /** Evicts at random: a script that walks the ids in order would never hit a cache of the most recently used. */
  #remember(id: number, body: string): void {
    const slot = this.#cachedIds.length < cacheLimit ? this.#cachedIds.length : Math.floor(this.random() * cacheLimit);
    const evicted = this.#cachedIds[slot];
    if (evicted !== undefined) this.#cache.delete(evicted);
    this.#cachedIds[slot] = id;
    this.#cache.set(id, body);
  }

  #load(id: number): string | undefined {
    if (id >= 1 && id <= stocked) return this.#stock[id - 1];
    const isKept = id > stocked && id < this.#nextId && id >= this.#nextId - createdLimit;
    return isKept ? this.#created[id % createdLimit] : undefined;
  }
}

function stockItem(id: number, priceShift: number): Item {
  return { id, name: `item ${id}`, price: ((id * 37 + priceShift) % 10_000) / 100 };
}
