// SPDX-License-Identifier: Apache-2.0
/** What is wrong with each box of a fleet, and how bad it is. */
import type { DeviceView } from "../api/types";

/** 3: it does not count, or what it says cannot be relied on. 2: it soon will not. 1: a notice. */
export type Severity = 1 | 2 | 3;

export const CODES = [
  "silent",
  "camera",
  "ledger",
  "certificate.over",
  "level",
  "blind",
  "disk.3",
  "hot.3",
  "backlog.3",
  "uplink",
  "clock",
  "certificate.soon",
  "disk.2",
  "hot.2",
  "backlog.2",
  "missing",
  "version",
] as const;
export type Code = (typeof CODES)[number];

const SEVERITIES: Readonly<Record<Code, Severity>> = {
  "silent": 3,
  "camera": 3,
  "ledger": 3,
  "certificate.over": 3,
  "level": 3,
  "blind": 2,
  "disk.3": 2,
  "hot.3": 2,
  "backlog.3": 2,
  "uplink": 2,
  "clock": 2,
  "certificate.soon": 2,
  "disk.2": 1,
  "hot.2": 1,
  "backlog.2": 1,
  "missing": 1,
  "version": 1,
};

/** What is typed where; SITE and DEVICE are filled in by whoever types it. */
export const COMMANDS: Readonly<Partial<Record<Code, string>>> = {
  "silent": "edge-agent doctor BOX.toml",
  "camera": "edge-agent doctor BOX.toml",
  "blind": "edge-agent doctor BOX.toml",
  "ledger": "edge-agent ledger verify BOX.toml",
  "certificate.over": "fusion-service enrol-token SITE/DEVICE --ca AUTHORITY",
  "certificate.soon": "fusion-service renew --ca AUTHORITY --broker HOST:PORT",
  "level": "edge-agent check BOX.toml",
  "disk.3": "df -h /var/lib/people-count",
  "disk.2": "df -h /var/lib/people-count",
  "hot.3": "edge-agent doctor BOX.toml",
  "hot.2": "edge-agent doctor BOX.toml",
  "backlog.3": "edge-agent doctor BOX.toml",
  "backlog.2": "edge-agent doctor BOX.toml",
  "uplink": "edge-agent doctor BOX.toml",
  "clock": "timedatectl timesync-status",
  "missing": "fusion-service status --config fusion.toml",
};

export interface FleetRow {
  readonly device: DeviceView;
  /** The worst first. */
  readonly codes: readonly Code[];
  readonly worst: Severity | 0;
}

export interface Fleet {
  readonly boxes: readonly FleetRow[];
  /** Enrolled, and never heard. */
  readonly waiting: readonly DeviceView[];
  /** Lost, or out of service. */
  readonly gone: readonly DeviceView[];
  /** Those that took the place of another, and when. */
  readonly replaced: readonly (readonly [DeviceView, string])[];
}

const CERTIFICATE_SOON_DAYS = 7;
const WINDOWS_SILENT = 3;
const SILENT_MIN_MS = 180_000;
const CAMERA_LOST: ReadonlySet<number> = new Set([8, 13]);
const SEES_NOTHING: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 12]);
const UNFIT_LEVELS: ReadonlySet<string> = new Set(["process", "unconfined"]);
const FINE_LEDGERS: ReadonlySet<string> = new Set(["complete", "unknown"]);

/** Sort a fleet, the worst first. `now`: the centre's time, ms; null where it is not known. */
export function fleetOf(devices: readonly DeviceView[], now: number | null): Fleet {
  const isGone = (one: DeviceView): boolean => one.lost_at !== null || one.retired_at !== null;
  const isHeard = (one: DeviceView): boolean => one.last_seen_at !== null;
  const newest = devices.map((one) => one.meta?.software ?? "").reduce(later, "");
  const boxes = devices
    .filter((one) => !isGone(one) && isHeard(one))
    .map((device) => rowOf(device, now, newest))
    .toSorted(byWorst);
  return {
    boxes,
    waiting: devices.filter((one) => !isGone(one) && !isHeard(one)),
    gone: devices.filter(isGone),
    replaced: devices.flatMap((one) => {
      const at = one.history.findLast((event) => event.event === "replaced")?.at;
      return at === undefined ? [] : [[one, at] as const];
    }),
  };
}

export function severityOf(code: Code): Severity {
  return SEVERITIES[code];
}

/** Say whether one release came after another, number by number. */
export function isLater(one: string, other: string): boolean {
  const [ours, theirs] = [one, other].map((text) => text.split(".").map(Number));
  for (let place = 0; place < Math.max(ours?.length ?? 0, theirs?.length ?? 0); place += 1) {
    const difference = (ours?.[place] ?? 0) - (theirs?.[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function later(one: string, other: string): string {
  return isLater(one, other) ? one : other;
}

function rowOf(device: DeviceView, now: number | null, newest: string): FleetRow {
  const codes = [...codesOf(device, now, newest)].toSorted(
    (a, b) => CODES.indexOf(a) - CODES.indexOf(b),
  );
  const [first] = codes;
  return { device, codes, worst: first === undefined ? 0 : severityOf(first) };
}

function* codesOf(device: DeviceView, now: number | null, newest: string): Generator<Code> {
  const { last_window: last, meta, certificate, ledger, level, last_seen_at: seen } = device;
  const window = (last?.length_s ?? meta?.length_s ?? 60) * 1000;
  const patience = Math.max(WINDOWS_SILENT * window, SILENT_MIN_MS);
  if (now !== null && seen !== null && now - Date.parse(seen) > patience) yield "silent";
  if (ledger !== null && !FINE_LEDGERS.has(ledger.state)) yield "ledger";
  if (level !== null && UNFIT_LEVELS.has(level)) yield "level";
  if (certificate !== null && certificate.days_left < 0) yield "certificate.over";
  else if (certificate !== null && certificate.days_left < CERTIFICATE_SOON_DAYS) {
    yield "certificate.soon";
  }
  if (device.missing > 0) yield "missing";
  if (meta !== null && isLater(newest, meta.software)) yield "version";
  if (last === null) return;
  const { code } = last.image_quality;
  if (CAMERA_LOST.has(code)) yield "camera";
  if (SEES_NOTHING.has(code)) yield "blind";
  if (last.clock === "live" && last.clock_quality !== "synchronised") yield "clock";
  yield* healthOf(last.health);
}

function* healthOf(health: NonNullable<DeviceView["last_window"]>["health"]): Generator<Code> {
  if (health.disk === 3) yield "disk.3";
  if (health.disk === 2) yield "disk.2";
  if (health.temperature === 3) yield "hot.3";
  if (health.temperature === 2) yield "hot.2";
  if (health.outbox === 3) yield "backlog.3";
  if (health.outbox === 2) yield "backlog.2";
  if (health.link >= 2) yield "uplink";
}

function byWorst(one: FleetRow, other: FleetRow): number {
  const seen = (row: FleetRow): number => Date.parse(row.device.last_seen_at ?? "");
  const place = (row: FleetRow): number => {
    const [first] = row.codes;
    return first === undefined ? CODES.length : CODES.indexOf(first);
  };
  return (
    other.worst - one.worst ||
    place(one) - place(other) ||
    other.codes.length - one.codes.length ||
    seen(one) - seen(other)
  );
}
