import { createHash } from "node:crypto";
import type { GroupSummary } from "../model/run.js";
import type { CheckCount } from "../model/window.js";

/** The tree of groups that were entered, with the checks made in them; root first, each in order of first appearance. */
export function groupTree(groups: readonly string[], checks: readonly CheckCount[]): GroupSummary {
  const root = emptyGroup("", "");
  const known = new Map([["", root]]);
  for (const groupPath of groups) groupAt(known, groupPath);
  for (const { name, groupPath, passes, fails } of checks) {
    const group = groupAt(known, groupPath);
    const path = `${groupPath}::${name}`;
    group.checks.push({ name, path, id: idOf(path), passes, fails });
  }
  return root;
}

/** Makes the group, and those that it is nested in, where they are not there yet. */
function groupAt(known: Map<string, GroupSummary>, path: string): GroupSummary {
  const there = known.get(path);
  if (there !== undefined) return there;
  const cut = path.lastIndexOf("::");
  const made = emptyGroup(cut < 0 ? path : path.slice(cut + 2), path);
  known.set(path, made);
  groupAt(known, path.slice(0, Math.max(0, cut))).groups.push(made);
  return made;
}

function emptyGroup(name: string, path: string): GroupSummary {
  return { name, path, id: idOf(path), groups: [], checks: [] };
}

/** k6 identifies a group or check by the MD5 of its path. */
function idOf(path: string): string {
  return createHash("md5").update(path).digest("hex");
}
