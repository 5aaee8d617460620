// SPDX-License-Identifier: Apache-2.0
/** All that decides what is on the screen. Views are functions of it and of the centre's time. */
import type { Failure } from "../api/client";
import type { DeviceView, DrawnSiteView, HealthView, SessionView } from "../api/types";
import type { ZoneEstimateView } from "../api/types";
import type { Route } from "../route";
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
  readonly health: HealthView | null;
  readonly exercise: string | null;
  /** The map could not be loaded: its page shows the table. */
  readonly mapFailed: boolean;
}

export const LOGGED_OUT: LogInState = {
  kind: "person",
  message: null,
  waitUntil: 0,
  isBusy: false,
  hasEnded: false,
};
