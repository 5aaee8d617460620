// SPDX-License-Identifier: Apache-2.0
/** The page of the shift: the handover, the report, the log, and the next seven days. */
import { h, type Child } from "../../draw/dom";
import type { Look } from "../../draw/look";
import { withSite } from "../../app/route";
import { instead } from "../parts/messages";
import { handover } from "./handover";
import { log } from "./log";
import { outlook } from "./outlook";

export function shift(look: Look): readonly Child[] {
  const asking = look.state.shift?.asking ?? "asking";
  if (asking !== "known") return [instead(look, asking)];
  return [
    h(
      "div",
      { class: "shift-page" },
      h("div", { class: "shift-side" }, handover(look), report(look)),
      log(look),
    ),
    outlook(look),
  ];
}

/** How things stand, on one page; a new window, so that the shift stays where it is. */
function report(look: Look): HTMLElement {
  const site = encodeURIComponent(look.state.site?.name ?? "");
  const address = `/v1/sites/${site}/report?language=${look.state.language}`;
  const out = { target: "_blank", rel: "noopener" };
  return h(
    "section",
    { class: "card report", "aria-labelledby": "report-title" },
    h("h2", { id: "report-title" }, look.say("report")),
    h("p", { class: "quiet" }, look.say("report.text")),
    h(
      "p",
      { class: "deeds" },
      h("a", { href: address, ...out }, look.say("report.html")),
      h("a", { href: `${address}&format=pdf`, ...out }, look.say("report.pdf")),
    ),
    h(
      "p",
      { class: "deeds" },
      h(
        "a",
        { href: withSite("/debrief", look.state.site?.name ?? null) },
        look.say("debrief.link"),
      ),
    ),
  );
}
