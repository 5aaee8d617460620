// SPDX-License-Identifier: Apache-2.0
/** Rings and ways in degrees, measured in metres around a middle. Pure. */
export type Position = readonly [number, number];
export type Ring = readonly Position[];
/** Metres east and north of a middle. */
type Metres = readonly [number, number];

const METRES_A_DEGREE = 111_320;
const RADIANS = Math.PI / 180;

/** A plane of metres around a middle; right to a thousandth within 20 km. */
export class Plane {
  private readonly kx: number;

  constructor(readonly middle: Position) {
    this.kx = METRES_A_DEGREE * Math.cos(middle[1] * RADIANS);
  }

  metres([x, y]: Position): Metres {
    return [(x - this.middle[0]) * this.kx, (y - this.middle[1]) * METRES_A_DEGREE];
  }

  position([x, y]: Metres): Position {
    return [this.middle[0] + x / this.kx, this.middle[1] + y / METRES_A_DEGREE];
  }

  /** Return how far one position is from another, metres. */
  distance(a: Position, b: Position): number {
    const [ax, ay] = this.metres(a);
    const [bx, by] = this.metres(b);
    return Math.hypot(bx - ax, by - ay);
  }
}

/** Return the middle of the smallest box around positions. */
export function middleOf(positions: Iterable<Position>): Position {
  const [west, south, east, north] = boxOf(positions);
  return [(west + east) / 2, (south + north) / 2];
}

/** Return west, south, east, north of positions; there is one at least. */
export function boxOf(positions: Iterable<Position>): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positions) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** Return the centre of a ring's area. Source: the shoelace formula. */
export function centreOf(ring: Ring): Position {
  const plane = new Plane(middleOf(ring));
  const points = ring.map((one) => plane.metres(one));
  let area = 0;
  let [x, y] = [0, 0];
  points.forEach(([ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length] ?? [ax, ay];
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  });
  return area === 0 ? plane.middle : plane.position([x / (3 * area), y / (3 * area)]);
}

/** Return the area of a ring, square metres; at least one. */
export function areaOf(ring: Ring): number {
  const plane = new Plane(middleOf(ring));
  const points = ring.map((one) => plane.metres(one));
  const twice = points.reduce((sum, [ax, ay], index) => {
    const [bx, by] = points[(index + 1) % points.length] ?? [ax, ay];
    return sum + ax * by - bx * ay;
  }, 0);
  return Math.max(1, Math.abs(twice) / 2);
}

/** Return along which way positions are spread the most: degrees clockwise from north, 0 to 180. */
export function axisOf(positions: readonly Position[]): number {
  const plane = new Plane(middleOf(positions));
  let [xx, yy, xy] = [0, 0, 0];
  for (const one of positions) {
    const [x, y] = plane.metres(one);
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const fromEast = Math.atan2(2 * xy, xx - yy) / 2 / RADIANS;
  return (90 - fromEast + 180) % 180;
}

/** Return how far positions lie apart at the most, metres, by the box around them. */
export function extentOf(positions: readonly Position[]): number {
  const [west, south, east, north] = boxOf(positions);
  return new Plane([(west + east) / 2, (south + north) / 2]).distance([west, south], [east, north]);
}

/**
 * Return strokes across a ring, as ends of lines, `gap` metres apart; `turn` degrees from east.
 * Where the ring bends inward a stroke has several parts.
 */
export function hatch(ring: Ring, gap: number, turn: number): readonly (readonly Position[])[] {
  const plane = new Plane(middleOf(ring));
  const [cos, sin] = [Math.cos(turn * RADIANS), Math.sin(turn * RADIANS)];
  const turned = ring.map((one): Metres => {
    const [x, y] = plane.metres(one);
    return [x * cos + y * sin, y * cos - x * sin];
  });
  const back = ([u, v]: Metres): Position => plane.position([u * cos - v * sin, u * sin + v * cos]);
  const heights = turned.map((one) => one[1]);
  const strokes: (readonly Position[])[] = [];
  for (let v = Math.min(...heights) + gap / 2; v < Math.max(...heights); v += gap) {
    const cuts: number[] = [];
    turned.forEach(([ax, ay], index) => {
      const [bx, by] = turned[(index + 1) % turned.length] ?? [ax, ay];
      if (ay > v !== by > v) cuts.push(ax + ((v - ay) / (by - ay)) * (bx - ax));
    });
    cuts.sort((a, b) => a - b);
    for (let at = 0; at + 1 < cuts.length; at += 2) {
      strokes.push([back([cuts[at] ?? 0, v]), back([cuts[at + 1] ?? 0, v])]);
    }
  }
  return strokes;
}

/** Cut a way into dashes, metres each; so that a way is told from a border without colour. */
export function dashes(way: Ring, dash: number, gap: number): readonly (readonly Position[])[] {
  const [first] = way;
  if (first === undefined) return [];
  const plane = new Plane(first);
  const parts: (readonly Position[])[] = [];
  let part: Position[] = [first];
  let [isOn, left] = [true, dash];
  for (let index = 1; index < way.length; index++) {
    let from = plane.metres(way[index - 1] ?? first);
    const to = plane.metres(way[index] ?? first);
    let rest = Math.hypot(to[0] - from[0], to[1] - from[1]);
    while (rest > left) {
      const share = left / rest;
      from = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
      rest -= left;
      if (isOn) parts.push([...part, plane.position(from)]);
      part = [plane.position(from)];
      isOn = !isOn;
      left = isOn ? dash : gap;
    }
    left -= rest;
    part.push(plane.position(to));
  }
  if (isOn && part.length > 1) parts.push(part);
  return parts;
}

/** Return an arrow along a way: a ring of so many metres, its point at the way's end. */
export function arrowOf(way: Ring, length: number, width: number): Ring {
  const [from, to] = [way[0], way.at(-1)];
  if (from === undefined || to === undefined) return [];
  const plane = new Plane(middleOf(way));
  const [ax, ay] = plane.metres(from);
  const [bx, by] = plane.metres(to);
  const along = Math.hypot(bx - ax, by - ay) || 1;
  const [ux, uy] = [(bx - ax) / along, (by - ay) / along];
  const at = (forward: number, aside: number): Position =>
    plane.position([forward * ux - aside * uy, forward * uy + aside * ux]);
  const [tip, neck] = [length / 2, length / 2 - Math.min(length * 0.45, width * 1.6)];
  const [shaft, head] = [width / 2, width * 1.15];
  return [
    at(-length / 2, shaft),
    at(neck, shaft),
    at(neck, head),
    at(tip, 0),
    at(neck, -head),
    at(neck, -shaft),
    at(-length / 2, -shaft),
  ];
}
