// SPDX-License-Identifier: Apache-2.0
/** Load the map when its page is opened, hand it each state, and end it when the page is left. */
import type { Look } from "../draw/look";
import type { SiteMap } from "../map/map";
import type { MapLack } from "./state";

export class MapHost {
  private place: HTMLElement | null = null;
  private map: SiteMap | null = null;

  /** failed: there is no map, so that the table stands there instead. */
  constructor(private readonly failed: (why: MapLack) => void) {}

  /** Show a state where the page has a place for the map; where it has none, end the map. */
  show(look: Look): void {
    const place = document.querySelector<HTMLElement>("[data-own=map]");
    if (place !== this.place) {
      this.map?.end();
      this.map = null;
      this.place = place;
      if (place !== null) void this.load(place, look);
      return;
    }
    this.map?.show(look);
  }

  private async load(place: HTMLElement, look: Look): Promise<void> {
    try {
      const { SiteMap } = await import("../map/map");
      if (place !== this.place) return;
      const isWall = look.state.route.page === "wallmap";
      this.map = new SiteMap(place, isWall, () => this.failed("map.lost"));
      this.map.show(look);
    } catch {
      if (place === this.place) this.failed("map.failed");
    }
  }
}
