// SPDX-License-Identifier: Apache-2.0
/** What is known on the pages of boxes: the officer's, and the fleet's. */
import type { NotLetIn } from "../../api/officer";
import type { DeviceView, EntryView, OfficerBoxView, OfficerSiteView } from "../../api/types";
import type { Asking } from "../state";

/** A file on its way in. `refusal`: why it was not let in. */
export interface Upload {
  readonly isBusy: boolean;
  readonly isDone: boolean;
  readonly refusal: NotLetIn | { readonly kind: "large" | "none" } | null;
}

export interface OfficerState {
  readonly asking: Asking;
  /** Nobody is logged in, and the city lets anybody read. */
  readonly isPublic: boolean;
  readonly site: OfficerSiteView | null;
  readonly box: OfficerBoxView | null;
  /** What the access log has of the site and its box; null for whoever may not read it. */
  readonly log: readonly EntryView[] | null;
  readonly upload: Upload;
}

export interface FleetState {
  readonly asking: Asking;
  readonly devices: readonly DeviceView[];
  /** The words by which boxes are picked. */
  readonly words: string;
}

export const NO_UPLOAD: Upload = { isBusy: false, isDone: false, refusal: null };
