# SPDX-License-Identifier: Apache-2.0
"""A scene: a site, the reports of its boxes with when they came, and the truth; on disk or not.

A folder holds site.toml; reports.jsonl, one version-2 payload a line, unsigned, with `received` in
unix seconds beside its keys; truth.csv, `zone,start_s,length_s,people`. liars.csv may say who lies,
`sensor,start_s,how`; without it that is told from the truth (scoring.py).
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from fusion_service.registry.site import Site
from fusion_service.registry.site_file.reading import read_site
from wire_contract.codec import decode, encode
from wire_contract.messages.report import Report

REPORTS, TRUTH, SITE, LIARS = "reports.jsonl", "truth.csv", "site.toml", "liars.csv"


@dataclass(frozen=True, slots=True)
class Received:
    """A report and when it came, unix seconds."""

    received_s: float
    report: Report


@dataclass(frozen=True, slots=True)
class Truth:
    """How many people a zone had on average in a window."""

    zone: str
    start_s: int
    length_s: int
    people: float


@dataclass(frozen=True, slots=True)
class Liar:
    """A sensor that says what is not so, and since when."""

    sensor: str
    start_s: int
    how: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene; reports in the order in which they came; liars None where nobody says."""

    name: str
    site_toml: str
    reports: tuple[Received, ...]
    truth: tuple[Truth, ...]
    liars: tuple[Liar, ...] | None

    @property
    def site(self) -> Site:
        """Return the site as the centre reads it."""
        return read_site(self.site_toml.encode())


def write_scene(scene: Scene, folder: Path) -> None:
    """Write a scene into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SITE).write_text(scene.site_toml, encoding="utf-8")
    with (folder / REPORTS).open("w", encoding="ascii") as file:
        for one in scene.reports:
            payload = json.loads(encode(one.report))
            payload["received"] = one.received_s
            file.write(json.dumps(payload, separators=(",", ":")) + "\n")
    with (folder / TRUTH).open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["zone", "start_s", "length_s", "people"])
        writer.writerows((t.zone, t.start_s, t.length_s, f"{t.people:.4f}") for t in scene.truth)
    if scene.liars is not None:
        with (folder / LIARS).open("w", encoding="ascii", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["sensor", "start_s", "how"])
            writer.writerows((one.sensor, one.start_s, one.how) for one in scene.liars)


def read_scene(folder: Path) -> Scene:
    """Read a scene. Raises OSError, ValueError or FieldError for what is not one."""
    reports = []
    with (folder / REPORTS).open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                payload = json.loads(line)
                received_s = float(payload.pop("received"))
                canonical = json.dumps(payload, separators=(",", ":"), sort_keys=True)
                reports.append(Received(received_s, decode(Report, canonical.encode("ascii"))))
    reports.sort(key=lambda one: one.received_s)
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        truth = tuple(
            Truth(row["zone"], round(float(row["start_s"])), round(float(row["length_s"])),
                  float(row["people"]))
            for row in csv.DictReader(file)
        )  # fmt: skip
    liars = None
    if (folder / LIARS).exists():
        with (folder / LIARS).open(encoding="utf-8", newline="") as file:
            liars = tuple(
                Liar(row["sensor"], int(float(row["start_s"])), row["how"])
                for row in csv.DictReader(file)
            )
    toml = (folder / SITE).read_text(encoding="utf-8")
    return Scene(folder.name, toml, tuple(reports), truth, liars)
