import type { Program } from "acorn";
import type { Scopes } from "../scope.js";
import type { Flow } from "./types.js";
import { walk } from "./walk.js";
import { makeWorld } from "./world.js";

/** Follows functions and k6 modules through variables, parameters, results and properties (by name, whatever the object). */
export function analyseFlow(program: Program, scopes: Scopes): Flow {
  const world = makeWorld();
  const { graph, heap, anyName, property } = world;
  return {
    ...walk(program, scopes, world),
    graph,
    heap,
    stored: anyName,
    ownNames: (name) => [...graph.values(property(name))].some((v) => v.kind === "function"),
  };
}
