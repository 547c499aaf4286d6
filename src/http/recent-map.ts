/**
 * A bounded map that forgets what was not used lately.
 *
 * Two generations: when the young one is full it becomes the old one, and the old one is dropped. Cheaper than
 * keeping entries in order of use, and no entry in steady use is lost.
 */
export class RecentMap<K, V> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  /** @param size entries a generation; at most twice as many are kept */
  constructor(private readonly size: number) {}

  get(key: K): V | undefined {
    const found = this.young.get(key);
    if (found !== undefined) return found;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.young.size >= this.size) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }
}
