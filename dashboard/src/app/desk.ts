// SPDX-License-Identifier: Apache-2.0
/**
 * What somebody does in a shift: forms that open and close, and changes that the centre takes or
 * refuses. Rule: what is decided in a form is decided on what was shown when it was opened, so that
 * whatever happened since is told and not overwritten.
 */
import { change, type Change, type Refusal } from "../api/shift";
import type { ShiftEntryView } from "../api/types";
import type { CentreClock } from "../model/clock";
import { mayFollow, shelfEnd, since, type About } from "../model/shift";
import { ShiftLive } from "./live/shift_live";
import type { State } from "./state";
import { ZoneLive } from "./live/zone_live";

const ALARM = "/sites/{site}/alarms/{id}";
const ZONE = "/sites/{site}/zones/{zone}";
const NOWHERE: About = { alarm: null, zone: null, measure: null };

export interface Host {
  state(): State;
  update(change: Partial<State>): void;
  sessionEnded(): void;
}

/** A change, and what it is about. */
interface Deed {
  readonly asked: Change;
  readonly about: About;
}

export class Desk {
  private shift: ShiftLive | null = null;
  private zone: ZoneLive | null = null;

  constructor(
    private readonly host: Host,
    private readonly clock: CentreClock,
  ) {}

  /** Follow the shift of a site; of none where `site` is null. */
  lookAt(site: string | null, isWhole: boolean): void {
    this.end();
    this.host.update({ shift: null, form: null, outcome: null });
    if (site === null) return;
    this.shift = new ShiftLive(
      site,
      isWhole,
      mayFollow(this.host.state().session),
      (shift) => this.host.update({ shift }),
      () => this.host.sessionEnded(),
    );
    this.shift.start();
  }

  /** Show what the address says now. */
  arrive(): void {
    const { route, site } = this.host.state();
    this.zone?.end();
    this.zone = null;
    this.host.update({ zone: null, form: null, outcome: null });
    if (route.page === "zone" || route.page === "shift") void this.shift?.readOutlook();
    if (route.page !== "zone" || site === null) return;
    const { zone } = route;
    const newest = (): number | null => {
      const at = this.host.state().site?.zones.get(zone)?.at;
      return at === undefined ? null : Date.parse(at);
    };
    this.zone = new ZoneLive(site.name, zone, newest, (found) => this.host.update({ zone: found }));
    this.zone.start();
  }

  retry(): void {
    this.shift?.retry();
  }

  end(): void {
    this.shift?.end();
    this.zone?.end();
    this.shift = this.zone = null;
  }

  /** Do what a button or a form of the shift asks for. */
  async act(what: string, value: string, given: FormData | null): Promise<void> {
    if (what === "open") this.open(value);
    if (what === "close") this.close();
    if (what === "older") await this.shift?.readOlder();
    if (what === "tick" || what === "unshelve") await this.press(what, value);
    if (given !== null && this.host.state().form !== null) await this.send(what, given);
  }

  private open(value: string): void {
    const [what = "", about = "", version = "0"] = value.split(" ");
    const form = { what, about, version: Number(version), isBusy: false };
    this.host.update({ form, outcome: null });
    focusOn(`form[data-do="${what}"] [data-first]`);
  }

  private close(): void {
    const { form } = this.host.state();
    if (form === null) return;
    this.host.update({ form: null, outcome: null });
    focusOn(`[data-do="open"][data-value^="${form.what} ${form.about} "]`);
  }

  /** Do what needs no form. */
  private async press(what: string, value: string): Promise<void> {
    const [about = "", version = "0", measure = "", wanted = ""] = value.split(" ");
    const site = this.host.state().site?.name ?? "";
    const zoned = { path: `${ZONE}/measures/{measure}`, parts: { site, zone: about, measure } };
    const deed: Deed =
      what === "tick"
        ? {
            asked: {
              method: "PUT",
              ...zoned,
              version: Number(version),
              body: { is_done: wanted === "done" },
            },
            about: { alarm: null, zone: about, measure },
          }
        : {
            asked: {
              method: "DELETE",
              path: `${ALARM}/shelf`,
              parts: { site, id: about },
              version: Number(version),
              body: null,
            },
            about: { ...NOWHERE, alarm: Number(about) },
          };
    await this.have(what, about, deed, Number(version));
  }

  private async send(what: string, given: FormData): Promise<void> {
    const { form } = this.host.state();
    if (form === null || form.isBusy) return;
    const deed = this.deedOf(what, form.about, form.version, given);
    if (deed === null) return;
    this.host.update({ form: { ...form, isBusy: true }, outcome: null });
    const refusal = await this.have(what, form.about, deed, form.version);
    if (refusal === null) {
      this.host.update({ form: null });
      focusOn(`[data-about="${form.about}"]`);
      return;
    }
    // The form stays with what was typed in it; what is decided in it now is decided on the news.
    const version = this.versionOf(what, form.about);
    const stays = version !== null;
    this.host.update({ form: stays ? { ...form, version, isBusy: false } : null });
    focusOn(stays ? `form[data-do="${what}"] [data-first]` : `[data-about="${form.about}"]`);
  }

  /** Have something done, read what is open now, and tell what became of it. */
  private async have(
    what: string,
    about: string,
    deed: Deed,
    seen: number,
  ): Promise<Refusal | null> {
    const token = this.host.state().session?.page_token ?? null;
    const refusal = await change(deed.asked, token);
    if (refusal?.kind === "unknown") {
      this.host.sessionEnded();
      return refusal;
    }
    await this.shift?.read();
    const log: readonly ShiftEntryView[] = this.host.state().shift?.log ?? [];
    const news = refusal?.kind === "changed" ? since(log, seen, deed.about) : [];
    this.host.update({ outcome: { what, about, refusal, since: news } });
    return refusal;
  }

  private deedOf(what: string, about: string, version: number, given: FormData): Deed | null {
    const said = (name: string): string => String(given.get(name) ?? "").trim();
    const site = this.host.state().site?.name ?? "";
    const comment = said("comment");
    const ofAlarm = (step: string, body: Record<string, unknown>): Deed => ({
      asked: {
        method: "POST",
        path: `${ALARM}/${step}`,
        parts: { site, id: about },
        version,
        body,
      },
      about: { ...NOWHERE, alarm: Number(about) },
    });
    const ofSite = (path: string, body: Record<string, unknown>, on: number | null): Deed => ({
      asked: { method: "POST", path: `/sites/{site}/${path}`, parts: { site }, version: on, body },
      about: NOWHERE,
    });
    if (what === "acknowledge") return ofAlarm("acknowledgement", { comment });
    if (what === "assign") {
      const to = { organisation: said("organisation"), person: said("person") };
      return ofAlarm("assignment", { ...to, comment });
    }
    if (what === "shelve") {
      const until = shelfEnd(this.clock.now() ?? Date.now(), Number(said("minutes")));
      return ofAlarm("shelf", { until, comment });
    }
    if (what === "declare") {
      const body = { level: said("level"), reason: said("reason") };
      const parts = { site, zone: about };
      return {
        asked: { method: "PUT", path: `${ZONE}/level`, parts, version, body },
        about: { ...NOWHERE, zone: about },
      };
    }
    if (what === "note") {
      const zone = said("zone");
      return ofSite("log", { text: said("text"), zone: zone === "" ? null : zone }, null);
    }
    if (what === "hand-over") return ofSite("handover", { comment }, version);
    if (what === "take-over") return ofSite("handover/acceptance", { comment }, version);
    return null;
  }

  /** Return the version that a form stands on now; null where what it asks for cannot be done. */
  private versionOf(what: string, about: string): number | null {
    const { shift } = this.host.state();
    if (shift === null) return null;
    if (what === "declare") {
      return shift.levels?.zones.find((one) => one.zone === about)?.version ?? null;
    }
    if (what === "note") return 0;
    if (what === "hand-over") return shift.handover?.version ?? null;
    if (what === "take-over") {
      const { handed_over: handed, taken_over: taken } = shift.handover ?? {};
      return taken === null ? (handed?.entry ?? null) : null;
    }
    const alarm = shift.alarms.find((one) => String(one.id) === about);
    if (alarm === undefined) return null;
    return what === "acknowledge" && alarm.acknowledged !== null ? null : alarm.version;
  }
}

/** Put the focus somewhere once the screen shows it; on the page itself where it is gone. */
function focusOn(selector: string): void {
  queueMicrotask(() => {
    const found = document.querySelector<HTMLElement>(selector);
    (found ?? document.getElementById("main"))?.focus();
  });
}
