// SPDX-License-Identifier: Apache-2.0
/** The page of the map: a place for it, and the same as a table where it cannot be. */
import type { ZoneRow } from "../../model/zones";
import { h } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { hasWebGl } from "../../map/webgl";
import { table, worst } from "../zones";

/** Return the map's place, whose inside is the map's own; or why there is none, and the table. */
export function mapPage(look: Look, rows: readonly ZoneRow[]): readonly HTMLElement[] {
  const isLacking = !hasWebGl();
  if (!isLacking && look.state.mapLack === null) {
    return [h("div", { class: "map-place-of-it", "data-own": "map", "data-key": "map" })];
  }
  const key = isLacking ? "map.nowebgl" : (look.state.mapLack ?? "map.failed");
  const [first] = rows;
  return [
    h("p", { class: "note", role: "note", "data-lack": key }, look.say(key)),
    ...(first === undefined ? [] : [worst(look, first)]),
    table(look, rows),
  ];
}
