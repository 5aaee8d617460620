// SPDX-License-Identifier: Apache-2.0
/** All that decides what is on the screen. Views are functions of it and of the centre's time. */
import type { Failure } from "../api/client";
import type { Refusal } from "../api/shift";
import type { AlarmView, HandoverView, LevelsView, MeasuresView, OutlookView } from "../api/types";
import type { DebriefView, ExerciseView } from "../api/types";
import type { DeviceView, DrawnSiteView, HealthView, SessionView } from "../api/types";
import type { ShiftEntryView, ZoneEstimateView } from "../api/types";
import type { Ahead } from "../model/ahead";
import type { Point } from "../model/history";
import type { FleetState, OfficerState } from "./officer/officer_state";
import type { Route } from "./route";
import type { Key, Language } from "../words/words";

export type Theme = "auto" | "light" | "dark";
export type LogInKind = "person" | "screen";

/** Where the asking of something stands. */
export type Asking = "asking" | "known" | Failure;

export interface LogInState {
  readonly kind: LogInKind;
  readonly message: Key | null;
  /** Until when nobody is listened to, by this browser's clock; 0 for not at all. */
  readonly waitUntil: number;
  readonly isBusy: boolean;
  /** A session was there and ended. */
  readonly hasEnded: boolean;
}

export interface LinkState {
  /** Something came within the last seconds. */
  readonly isLive: boolean;
  /** When the last of it came, by the centre's clock; null before anything did. */
  readonly heardAt: number | null;
}

export interface SiteState {
  readonly name: string;
  /** False where only zones of it may be seen: then nobody tells of its boxes. */
  readonly isWhole: boolean;
  readonly asking: Asking;
  readonly drawn: DrawnSiteView | null;
  readonly zones: ReadonlyMap<string, ZoneEstimateView>;
  readonly link: LinkState;
}

export interface BoxState {
  readonly asking: Asking;
  readonly device: DeviceView | null;
}

/** What is known of a site's shift. `asking`: of alarms, the log and the handover. */
export interface ShiftState {
  readonly asking: Asking;
  readonly isLive: boolean;
  readonly levels: LevelsView | null;
  readonly measures: MeasuresView | null;
  readonly alarms: readonly AlarmView[];
  /** The newest entry first. `older`: the cursor of the page after; null at its end. */
  readonly log: readonly ShiftEntryView[];
  readonly older: string | null;
  readonly handover: HandoverView | null;
  readonly outlook: OutlookView | null;
}

/**
 * A zone's last day. `ahead`: what is forecast of it; null where nobody forecasts. `yesterday`:
 * what was forecast a day ago; null where nothing was.
 */
export interface ZoneState {
  readonly zone: string;
  readonly asking: Asking;
  readonly points: readonly Point[];
  readonly ahead: Ahead | null;
  readonly yesterday: Ahead | null;
}

/** The exercise as it is controlled. `refusal`: why the last deed was not done. */
export interface ControlState {
  readonly asking: Asking;
  readonly exercise: ExerciseView | null;
  readonly refusal: Refusal | null;
}

/** What was known when. `hours`: of the last so many, of a shift. */
export interface DebriefState {
  readonly asking: Asking;
  readonly found: DebriefView | null;
  readonly hours: number;
}

/** A form of the shift that somebody has open. `about`: an alarm's id, a zone, or nothing. */
export interface OpenForm {
  readonly what: string;
  readonly about: string;
  /** What was looked at when it was opened: what is decided in it is decided on that. */
  readonly version: number;
  readonly isBusy: boolean;
}

/** What became of what somebody did. `since`: what others did meanwhile, by the log. */
export interface Outcome {
  readonly what: string;
  readonly about: string;
  readonly refusal: Refusal | null;
  readonly since: readonly ShiftEntryView[];
}

export interface State {
  readonly route: Route;
  readonly language: Language;
  readonly theme: Theme;
  /** Null: nobody is logged in. */
  readonly session: SessionView | null;
  readonly asking: Asking;
  readonly logIn: LogInState;
  /** The sites that may be looked at, by name. */
  readonly sites: readonly string[];
  readonly site: SiteState | null;
  readonly box: BoxState | null;
  readonly officer: OfficerState | null;
  readonly fleet: FleetState | null;
  readonly shift: ShiftState | null;
  readonly zone: ZoneState | null;
  readonly control: ControlState | null;
  readonly debrief: DebriefState | null;
  readonly form: OpenForm | null;
  readonly outcome: Outcome | null;
  readonly health: HealthView | null;
  readonly exercise: string | null;
  /** Why there is no map, so that its page shows the table; null where there is one. */
  readonly mapLack: MapLack | null;
}

/** It could not be loaded, or its picture was taken away again and again. */
export type MapLack = "map.failed" | "map.lost";

export const LOGGED_OUT: LogInState = {
  kind: "person",
  message: null,
  waitUntil: 0,
  isBusy: false,
  hasEnded: false,
};

export const EMPTY_SHIFT: ShiftState = {
  asking: "asking",
  isLive: false,
  levels: null,
  measures: null,
  alarms: [],
  log: [],
  older: null,
  handover: null,
  outlook: null,
};

/** What is known of a site and of what is done there, while nobody looks at any. */
export const NO_SITE = {
  site: null,
  box: null,
  officer: null,
  fleet: null,
  shift: null,
  zone: null,
  control: null,
  debrief: null,
  form: null,
  outcome: null,
} as const;
