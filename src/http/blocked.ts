import { BlockList, isIP } from "node:net";

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

  /** @returns the pattern that forbids the name */
  hostname(hostname: string): string | undefined {
    const name = hostname.toLowerCase();
    if (this.names.has(name)) return name;
    const ending = this.endings.find((each) => name.endsWith(each));
    return ending === undefined ? undefined : `*${ending}`;
  }

  /** @returns the range that forbids the address */
  address(address: string): string | undefined {
    const version = isIP(address);
    if (version === 0) return undefined;
    return this.ranges.find(({ list }) => list.check(address, version === 6 ? "ipv6" : "ipv4"))?.text;
  }
}
