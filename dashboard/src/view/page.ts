// SPDX-License-Identifier: Apache-2.0
/** Which view a state shows. */
import { brokenOf, type Broken } from "../model/broken";
import { rowsOf, type ZoneRow } from "../model/zones";
import { editorPage } from "../editor/host";
import { account } from "./person/account";
import { box, MAY_BOXES } from "./boxes/box";
import { boxes } from "./boxes/boxes";
import { fleet } from "./boxes/fleet";
import { officer, publicOfficer } from "./officer/officer";
import { broken } from "./parts/broken";
import { h, type Child } from "../draw/dom";
import { frame, lost } from "./frame";
import { logIn } from "./person/login";
import type { Look } from "../draw/look";
import { mapPage } from "./screens/map";
import { instead } from "./parts/messages";
import { mayFollow } from "../model/shift";
import { alarms } from "./shift/alarms";
import { critical } from "./shift/critical";
import { control } from "./exercise/control";
import { debrief } from "./exercise/debrief";
import { shift } from "./shift/shift";
import { wall, wallMap } from "./screens/wall";
import { zone } from "./zone/zone";
import { table, worst } from "./zones";

const BOXES = "look at boxes and what they sent";
const LOOKS_ONLY = "wall-screen";
const MAY_FOLLOW = ["viewer", "operator", "officer", "installer", "admin", "break-glass"] as const;

/** Return all that is on the page. */
export function page(look: Look): readonly Node[] {
  const { session, asking, site } = look.state;
  if (session === null) {
    if (asking === "known") return publicOfficer(look) ?? logIn(look);
    return [h("main", { id: "main" }, instead(look, asking))];
  }
  const levels = look.state.shift?.levels ?? null;
  const rows = rowsOf(site?.zones.values() ?? [], site?.drawn ?? null, levels);
  const found = brokenOf(site?.zones.values() ?? [], look.state.health);
  if (look.state.route.page === "wallmap") return wallMap(look, rows);
  if (look.state.route.page === "wall" || session.role === LOOKS_ONLY) {
    return wall(look, rows, found);
  }
  return frame(look, lost(look), critical(look), ...inside(look, rows, found));
}

function inside(look: Look, rows: readonly ZoneRow[], found: readonly Broken[]): readonly Child[] {
  const { route, session, site } = look.state;
  if (route.page === "account") return [account(look)];
  if (route.page === "box") return [box(look)];
  if (route.page === "fleet") return [fleet(look)];
  if (route.page === "officer" || route.page === "officerbox") return [officer(look)];
  if (route.page === "editor") return [editorPage(look)];
  const asking = site?.asking ?? "asking";
  if (route.page === "boxes" && session?.rights.includes(BOXES) !== true) {
    return [instead(look, { kind: "denied" }, MAY_BOXES)];
  }
  if (route.page === "exercise") return control(look);
  if (["alarms", "shift", "debrief"].includes(route.page) && !mayFollow(session)) {
    return [instead(look, { kind: "denied" }, MAY_FOLLOW)];
  }
  if (asking !== "known") return [instead(look, asking)];
  if (route.page === "boxes") return [boxes(look)];
  if (route.page === "alarms") return alarms(look);
  if (route.page === "shift") return shift(look);
  if (route.page === "debrief") return debrief(look);
  if (route.page === "zone") return zone(look, rows);
  if (route.page === "map") return mapPage(look, rows);
  const [first] = rows;
  if (first === undefined) {
    return [h("p", { class: "instead" }, look.say("zones.none")), broken(look, found)];
  }
  return [
    h("div", { class: "head" }, worst(look, first), broken(look, found)),
    table(look, rows),
  ];
}
