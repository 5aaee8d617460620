# SPDX-License-Identifier: Apache-2.0
"""The facts that every paper about a box rests on, from its config and the code's constants."""

from dataclasses import dataclass

from edge_agent.config.schema import Config
from edge_agent.config.sections.purpose import Purpose
from edge_agent.config.site_rules import capacity_bits_per_minute, level_min
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.errors import ConfigError
from edge_agent.store.merkle_file import ENTRIES_KEPT
from edge_agent.transparency.wording import (
    HELD,
    HOLDS,
    WORDINGS,
    Origin,
    Wording,
    level_of,
    origin_of,
)
from wire_contract.messages.report import Level, RuleName
from wire_contract.programs.shipped import shipped

UNITS_BITS = (
    ("one bit", 1),
    ("a number plate (28 bits)", 28),
    ("a face template (512 bits)", 512),
    ("a crop of 400 bytes (3,200 bits)", 3200),
)
_SECONDS_PER_DAY = 86_400
_WANTED = ("place", "page_url")


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be said of one box without asking anybody.

    Days are of windows that follow one another without a gap.

    level_min is what the config asks for, level what the box is then sure to have: see
    `wording.level_of`.
    """

    site: str
    device: str
    config_sha256: str
    test_site: bool
    purpose: Purpose
    place: str
    page_url: str
    origin: Origin
    lines: tuple[str, ...]
    zones: tuple[str, ...]
    masks: int
    model: str
    window_s: int
    rule: RuleName
    parameters: tuple[int, ...]
    epsilon: float | None
    capacity_bits_per_minute: float
    capacity_cap: float
    track_s: float
    reports_kept: int
    reports_kept_days: float
    store_bytes: int
    level_min: Level
    level: Level

    @property
    def wording(self) -> Wording:
        """Return the sentences that follow from where the pictures come from."""
        return WORDINGS[self.origin]

    @property
    def is_held(self) -> bool:
        """Say whether the level is one that a box in the street must have."""
        return self.level in HELD

    def capacity(self) -> tuple[tuple[str, float], ...]:
        """Return how long a sensor that lies would need for each unit, seconds."""
        return tuple(
            (name, bits * 60.0 / self.capacity_bits_per_minute) for name, bits in UNITS_BITS
        )


def gather(config: Config) -> Facts:
    """Return the facts of this config.

    Raises ConfigError naming every purpose field that is missing.
    """
    purpose, place, page_url = _purpose_of(config)
    origin = origin_of(config.camera.source)
    level = level_of(origin, level_min(config))
    if level not in HOLDS:
        raise ConfigError(
            f"confinement.level_min: got {level}, at which no box starts; there is nothing to "
            "register"
        )
    laplace = config.disclosure.rule is RuleName.DISCRETE_LAPLACE
    return Facts(
        site=config.site,
        device=config.device,
        config_sha256=config.sha256(),
        test_site=config.test_site,
        purpose=purpose,
        place=place,
        page_url=page_url,
        origin=origin,
        lines=tuple(line.id for line in config.lines),
        zones=tuple(zone.id for zone in config.zones),
        masks=len(config.masks),
        model=config.detector.model,
        window_s=config.window.length_s,
        rule=config.disclosure.rule,
        parameters=config.disclosure.parameters(),
        epsilon=config.disclosure.epsilon if laplace else None,
        capacity_bits_per_minute=capacity_bits_per_minute(config),
        capacity_cap=config.disclosure.capacity_bits_per_minute_max,
        track_s=TrackerSettings().lost_max_s,
        reports_kept=ENTRIES_KEPT,
        reports_kept_days=ENTRIES_KEPT * config.window.length_s / _SECONDS_PER_DAY,
        store_bytes=config.store.bytes_max,
        level_min=level_min(config),
        level=level,
    )


def _purpose_of(config: Config) -> tuple[Purpose, str, str]:
    """Return the purpose, the place and the page's address, or raise ConfigError."""
    purpose = config.purpose
    if purpose is None:
        raise ConfigError(
            "purpose: missing; a register entry needs controller, purpose, legal_basis, "
            "dpia_reference, contact, end_date, place and page_url; see "
            f"{shipped('docs/CONFIGURATION.md')}"
        )
    missing = [f"purpose.{name}" for name in _WANTED if getattr(purpose, name) is None]
    if missing or purpose.place is None or purpose.page_url is None:
        raise ConfigError(
            f"{', '.join(missing)}: missing; the register says where the box hangs and where its "
            "page is"
        )
    return purpose, purpose.place, purpose.page_url


def duration(seconds: float) -> str:
    """Say a time in the unit in which it is read best."""
    for unit, size in (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"
