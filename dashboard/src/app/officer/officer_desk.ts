// SPDX-License-Identifier: Apache-2.0
/**
 * Keep the pages of boxes up to date, the officer's and the fleet's, and bring audits in.
 * Rule: whoever is not logged in is shown what the city lets anybody read, and nothing else.
 */
import { ask, type Answered } from "../../api/client";
import { askPublicBox, askPublicSite, AUDIT_BYTES_MAX, bringAudit } from "../../api/officer";
import type { DeviceView, EntryView } from "../../api/types";
import type { Host } from "../desk";
import type { Route } from "../route";
import { NO_UPLOAD, type OfficerState, type Upload } from "./officer_state";

const EVERY_MS = 15_000;
const PAGE = "500";
const PAGES_MAX = 20;
const LOG_MAX = "500";
const READ_LOG = "read the access log";

type Place = Extract<Route, { readonly page: "officer" | "officerbox" }>;

export class OfficerDesk {
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Answers of what was looked at before are let be. */
  private turn = 0;
  private lookedAt = "";

  constructor(private readonly host: Host) {}

  /** Show what the address says now. */
  arrive(): void {
    const { route, session, sites, site, officer } = this.host.state();
    const at = `${location.pathname} ${site?.name ?? ""} ${session === null ? "" : session.name}`;
    // A link within the page leads to a part of it, and changes nothing.
    if (at === this.lookedAt && officer !== null && this.timer !== null) return;
    this.lookedAt = at;
    this.end();
    const isOfficer = route.page === "officer" || route.page === "officerbox";
    if (!isOfficer) this.host.update({ officer: null });
    if (route.page !== "fleet") this.host.update({ fleet: null });
    if (isOfficer) {
      if (session !== null && sites.length === 0) return;
      this.host.update({ officer: emptied(session === null) });
      void this.readOfficer(this.turn, route);
    }
    if (route.page === "fleet" && session !== null) {
      const words = this.host.state().fleet?.words ?? "";
      this.host.update({ fleet: { asking: "asking", devices: [], words } });
      void this.readFleet(this.turn);
    }
  }

  end(): void {
    this.turn += 1;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  async act(what: string, value: string, form: FormData | null): Promise<void> {
    if (what === "print") print();
    if (what === "fleet-words") this.pick(form === null ? value : String(form.get("words") ?? ""));
    if (what === "bring-audit") await this.bring(form?.get("audit") ?? null);
  }

  private pick(words: string): void {
    const { fleet } = this.host.state();
    if (fleet !== null) this.host.update({ fleet: { ...fleet, words } });
  }

  private async bring(file: FormDataEntryValue | null): Promise<void> {
    const { route, session, officer } = this.host.state();
    if (route.page !== "officerbox" || officer === null || officer.upload.isBusy) return;
    if (!(file instanceof File) || file.size === 0) return this.told({ kind: "none" });
    if (file.size > AUDIT_BYTES_MAX) return this.told({ kind: "large" });
    this.upload({ ...NO_UPLOAD, isBusy: true });
    const { site, device } = route;
    const refusal = await bringAudit(site, device, file, session?.page_token ?? null);
    if (refusal?.kind === "unknown") return this.host.sessionEnded();
    if (refusal !== null) return this.told(refusal);
    this.upload({ ...NO_UPLOAD, isDone: true });
    this.end();
    await this.readOfficer(this.turn, route);
  }

  private told(refusal: Upload["refusal"]): void {
    this.upload({ ...NO_UPLOAD, refusal });
  }

  private upload(upload: Upload): void {
    const { officer } = this.host.state();
    if (officer !== null) this.host.update({ officer: { ...officer, upload } });
  }

  private async readOfficer(turn: number, route: Place): Promise<void> {
    const state = this.host.state();
    const isPublic = state.session === null;
    const site = route.site ?? state.site?.name ?? null;
    const found =
      site === null
        ? ({ ok: false, failure: { kind: "missing" } } as const)
        : await asked(route, site, isPublic);
    const log = await this.readLog(isPublic, site, route);
    const had = this.host.state().officer;
    if (turn !== this.turn || had === null) return;
    if (found.ok) {
      this.host.update({ officer: { ...had, ...found.value, asking: "known", isPublic, log } });
    } else if (found.failure.kind === "unknown" && !isPublic) {
      this.host.sessionEnded();
      return;
    } else {
      this.host.update({ officer: { ...had, asking: found.failure } });
    }
    this.timer = setTimeout(() => void this.readOfficer(turn, route), EVERY_MS);
  }

  private async readLog(
    isPublic: boolean,
    site: string | null,
    route: Place,
  ): Promise<readonly EntryView[] | null> {
    const may = this.host.state().session?.rights.includes(READ_LOG) === true;
    if (isPublic || !may || site === null || route.page !== "officerbox") return null;
    const found = await ask("/access/entries", {}, { limit: LOG_MAX });
    if (!found.ok) return null;
    return found.value.items.filter((one) => isAbout(one.object, site, route.device));
  }

  private async readFleet(turn: number): Promise<void> {
    const devices: DeviceView[] = [];
    let after = "";
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const found = await ask("/devices", {}, { limit: PAGE, after });
      if (turn !== this.turn) return;
      const had = this.host.state().fleet;
      if (had === null) return;
      if (!found.ok) {
        if (found.failure.kind === "unknown") return this.host.sessionEnded();
        this.host.update({ fleet: { ...had, asking: found.failure } });
        break;
      }
      devices.push(...found.value.items);
      if (found.value.next === null) {
        this.host.update({ fleet: { ...had, asking: "known", devices } });
        break;
      }
      after = found.value.next;
    }
    this.timer = setTimeout(() => void this.readFleet(turn), EVERY_MS);
  }
}

async function asked(
  route: Place,
  site: string,
  isPublic: boolean,
): Promise<Answered<Pick<OfficerState, "site" | "box">>> {
  if (route.page === "officer") {
    const found = isPublic ? await askPublicSite(site) : await ask("/officer/{site}", { site });
    return found.ok ? { ...found, value: { site: found.value, box: null } } : found;
  }
  const { device } = route;
  const found = isPublic
    ? await askPublicBox(site, device)
    : await ask("/officer/{site}/{device}", { site, device });
  return found.ok ? { ...found, value: { site: null, box: found.value } } : found;
}

/** Say whether an entry of the log is about a site, or about a box of it. */
function isAbout(object: string, site: string, device: string): boolean {
  const [what = ""] = object.split(",", 1);
  return what === site || what === `${site}/${device}`;
}

function emptied(isPublic: boolean): OfficerState {
  return { asking: "asking", isPublic, site: null, box: null, log: null, upload: NO_UPLOAD };
}
