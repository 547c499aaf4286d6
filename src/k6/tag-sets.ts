import type { Tags } from "../model/metric.js";
import type { TagSet, Vu } from "../model/vu.js";

/** The tag sets of one VU's samples, resolved anew only when its tags or its group change. */
export class TagSets {
  private version = -1;
  private readonly cached = new Map<string, TagSet>();

  constructor(private readonly vu: Vu) {}

  /** The VU's tags and its group. */
  current(): TagSet {
    return this.cachedAs("", undefined);
  }

  /** The same with a `check` tag. */
  ofCheck(name: string): TagSet {
    return this.cachedAs(name, name);
  }

  /**
   * The same with a script's own tags on top, and a check's name where there is one.
   *
   * @param own what the script passed; values become text
   */
  withOwn(own: Readonly<Record<string, unknown>>, check?: string): TagSet {
    const tags = this.tagsOf(check);
    for (const [name, value] of Object.entries(own)) {
      if (value !== undefined && value !== null) tags[name] = String(value);
    }
    return this.vu.sink.tagSet(tags);
  }

  private cachedAs(key: string, check: string | undefined): TagSet {
    if (this.version !== this.vu.tagsVersion) {
      this.cached.clear();
      this.version = this.vu.tagsVersion;
    }
    let set = this.cached.get(key);
    if (set === undefined) {
      set = this.vu.sink.tagSet(this.tagsOf(check));
      this.cached.set(key, set);
    }
    return set;
  }

  private tagsOf(check: string | undefined): Record<string, string> {
    const { tags, groupPath, options } = this.vu;
    const all: Record<string, string> = { ...(tags satisfies Tags) };
    if (options.systemTags.includes("group")) all.group ??= groupPath;
    if (check !== undefined && options.systemTags.includes("check")) all.check = check;
    return all;
  }
}
