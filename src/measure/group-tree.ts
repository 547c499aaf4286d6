import { createHash } from "node:crypto";
import type { GroupSummary } from "../model/run.js";
import type { CheckCount } from "../model/window.js";

/** The tree of groups that were entered, with the checks made in them; root first, each in order of first appearance. */
export function groupTree(groups: readonly string[], checks: readonly CheckCount[]): GroupSummary {
  const root = emptyGroup("", "");
  for (const groupPath of groups) groupAt(root, groupPath);
  for (const { name, groupPath, passes, fails } of checks) {
    const group = groupAt(root, groupPath);
    const path = `${groupPath}::${name}`;
    group.checks.push({ name, path, id: idOf(path), passes, fails });
  }
  return root;
}

function groupAt(root: GroupSummary, groupPath: string): GroupSummary {
  let group = root;
  for (const name of groupPath.split("::").slice(1)) {
    let next = group.groups.find((child) => child.name === name);
    if (next === undefined) {
      next = emptyGroup(name, `${group.path}::${name}`);
      group.groups.push(next);
    }
    group = next;
  }
  return group;
}

function emptyGroup(name: string, path: string): GroupSummary {
  return { name, path, id: idOf(path), groups: [], checks: [] };
}

/** k6 identifies a group or check by the MD5 of its path. */
function idOf(path: string): string {
  return createHash("md5").update(path).digest("hex");
}
