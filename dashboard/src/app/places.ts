// SPDX-License-Identifier: Apache-2.0
/** Which sites somebody may look at. */
import { ask, type Failure } from "../api/client";

export interface FoundPlaces {
  readonly places: readonly { readonly site: string }[];
  readonly failure: Failure | null;
}

/** Read a scope: everywhere, whole sites, or zones of sites. */
export async function placesOf(scope: readonly string[]): Promise<FoundPlaces> {
  if (!scope.includes("*")) {
    const sites = [...new Set(scope.map((one) => one.split("/", 1)[0] ?? one))].toSorted();
    return { places: sites.map((site) => ({ site })), failure: null };
  }
  const latest = await ask("/latest");
  if (!latest.ok) return { places: [], failure: latest.failure };
  return { places: latest.value.sites.map(({ site }) => ({ site })), failure: null };
}
