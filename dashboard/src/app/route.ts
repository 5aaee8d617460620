// SPDX-License-Identifier: Apache-2.0
/** What an address shows. fusion_service/web/page/routes.py serves the same ones. */
export type Route =
  | { readonly page: "zones" }
  | { readonly page: "zone"; readonly zone: string }
  | { readonly page: "alarms" }
  | { readonly page: "shift" }
  | { readonly page: "wall" }
  | { readonly page: "map" }
  | { readonly page: "wallmap" }
  | { readonly page: "boxes" }
  | { readonly page: "box"; readonly site: string; readonly device: string }
  | { readonly page: "officer"; readonly site: string | null }
  | { readonly page: "officerbox"; readonly site: string; readonly device: string }
  | { readonly page: "fleet" }
  | { readonly page: "exercise" }
  | { readonly page: "debrief" }
  | { readonly page: "account" }
  | { readonly page: "editor" };

/** Read the path of an address; an unknown one shows the zones. */
export function routeOf(path: string): Route {
  const [first, site, device] = path.split("/").filter((part) => part !== "");
  if (first === "zones" && site !== undefined) {
    return { page: "zone", zone: decodeURIComponent(site) };
  }
  if (first === "alarms") return { page: "alarms" };
  if (first === "shift") return { page: "shift" };
  if (first === "wall") return { page: site === "map" ? "wallmap" : "wall" };
  if (first === "map") return { page: "map" };
  if (first === "exercise" || first === "debrief") return { page: first };
  if (first === "account") return { page: "account" };
  if (first === "fleet") return { page: "fleet" };
  if (first === "officer") return officerOf(site, device);
  if (first === "editor") return { page: "editor" };
  if (first === "boxes" && site !== undefined && device !== undefined) {
    return { page: "box", site: decodeURIComponent(site), device: decodeURIComponent(device) };
  }
  return first === "boxes" ? { page: "boxes" } : { page: "zones" };
}

function officerOf(site: string | undefined, device: string | undefined): Route {
  const name = site === undefined ? null : decodeURIComponent(site);
  if (name === null || device === undefined) return { page: "officer", site: name };
  return { page: "officerbox", site: name, device: decodeURIComponent(device) };
}

/** Return the address of the officer's page: of a box, or of all of a site. */
export function officerPath(site: string, device: string | null): string {
  const of = `/officer/${encodeURIComponent(site)}`;
  return device === null ? of : `${of}/${encodeURIComponent(device)}`;
}

/** Return the address of a box's page. */
export function boxPath(site: string, device: string): string {
  return `/boxes/${encodeURIComponent(site)}/${encodeURIComponent(device)}`;
}

/** Return the address of a zone's page. */
export function zonePath(zone: string, site: string | null): string {
  return withSite(`/zones/${encodeURIComponent(zone)}`, site);
}

/** Return a path with the site that is looked at. */
export function withSite(path: string, site: string | null): string {
  return site === null ? path : `${path}?site=${encodeURIComponent(site)}`;
}
