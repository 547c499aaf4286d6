import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { NetworkOptions } from "../model/options.js";

/** Hosts and addresses that must not be reached, whatever a script or a redirect asks for. */
export class Blocked {
  private readonly ranges: readonly { readonly text: string; readonly list: BlockList }[];
  private readonly names = new Set<string>();
  private readonly endings: readonly string[];

  /**
   * @param ranges addresses in CIDR notation
   * @param hostnames names, or `*` with an ending: `*.example.com`
   */
  constructor(ranges: readonly string[], hostnames: readonly string[]) {
    this.ranges = ranges.map((text) => {
      const [address = "", bits] = text.split("/");
      const list = new BlockList();
      list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
      return { text, list };
    });
    for (const name of hostnames) if (!name.startsWith("*")) this.names.add(name);
    this.endings = hostnames.filter((name) => name.startsWith("*")).map((name) => name.slice(1));
  }

  /** @returns why the name must not be reached */
  hostFault(hostname: string): string | undefined {
    const name = hostname.toLowerCase();
    const ending = this.endings.find((each) => name.endsWith(each));
    const pattern = this.names.has(name) ? name : ending === undefined ? undefined : `*${ending}`;
    return pattern && `the host ${hostname} is blocked by ${pattern} in blockHostnames`;
  }

  /** @returns why the address must not be reached */
  addressFault(address: string): string | undefined {
    const version = isIP(address);
    if (version === 0) return undefined;
    const range = this.ranges.find(({ list }) => list.check(address, version === 6 ? "ipv6" : "ipv4"));
    return range && `the address ${address} is in ${range.text} of blacklistIPs`;
  }

  /**
   * For whom the system looks names up by itself.
   *
   * @param address where the host is to be sought, an address or a name
   * @returns why it must not be reached: by its name, its address, or what that leads to
   */
  async targetFault(hostname: string, address: string): Promise<string | undefined> {
    const known = this.hostFault(hostname) ?? this.addressFault(address);
    if (known !== undefined || isIP(address) !== 0) return known;
    const found = await lookup(address, { all: true }).catch(() => []);
    return found.map((one) => this.addressFault(one.address)).find((fault) => fault !== undefined);
  }
}

const known = new WeakMap<NetworkOptions, Blocked>();

/** What a run's options forbid, made once; undefined where they forbid nothing. */
export function blockedBy(network: NetworkOptions | undefined): Blocked | undefined {
  if (network === undefined || network.blacklistIPs.length + network.blockHostnames.length === 0) return undefined;
  let blocked = known.get(network);
  if (blocked === undefined) {
    blocked = new Blocked(network.blacklistIPs, network.blockHostnames);
    known.set(network, blocked);
  }
  return blocked;
}
