# SPDX-License-Identifier: Apache-2.0
"""One counter over time: what it said last, how it fares, and since when. Pure."""

from dataclasses import dataclass, field, replace

from fusion_service.estimate.counters.bias import Bias
from fusion_service.estimate.counters.conflict import NAMED, Track
from fusion_service.estimate.counters.reading import NoiseOfSensor, Turnover
from fusion_service.estimate.observation import Observation, Sensor, SensorCondition
from wire_contract.quality import Validity

SILENT_WINDOWS = 3
STAYS_S = 60
"""How much longer what it said last stays in the number: two windows late lowers nothing."""
LEARNING_WINDOWS = 20.0
NIS_LEARNS = 0.02


@dataclass(frozen=True, slots=True)
class Health:
    """How a sensor fares: since when, and how well what it says fits.

    nis: its mean normalised innovation squared, 1 where it errs as much as it says; None of a line.
    """

    sensor: str
    condition: SensorCondition
    since_s: int | None
    nis: float | None


@dataclass(frozen=True, slots=True)
class SensorMark:
    """What changes of a sensor from window to window, at one moment."""

    track: tuple[float, ...]
    numbers: tuple[float, float]
    noise: NoiseOfSensor
    turnover: Turnover
    bias: Bias
    newest: tuple[int | None, int, Validity, SensorCondition, int | None]


@dataclass(slots=True)
class SensorState:
    """What is known of a sensor, in parts, and what its newest window was like."""

    sensor: Sensor
    zones: tuple[str, ...]
    is_direct: bool
    track: Track = field(default_factory=Track)
    noise: NoiseOfSensor = field(default_factory=NoiseOfSensor)
    turnover: Turnover = field(default_factory=Turnover)
    bias: Bias = field(default_factory=Bias)
    end_s: int | None = None
    length_s: int = 60
    validity: Validity = Validity.COUNTED
    variance: float = 1.0
    """Of its newest reading, in people of its whole zone."""
    nis: float = 1.0
    condition: SensorCondition = SensorCondition.LEARNING
    since_s: int | None = None

    def mark(self) -> "SensorMark":
        """Return what changes from window to window."""
        newest = (self.end_s, self.length_s, self.validity, self.condition, self.since_s)
        return SensorMark(
            self.track.mark(),
            (self.variance, self.nis),
            replace(self.noise),
            replace(self.turnover),
            replace(self.bias),
            newest,
        )

    def return_to(self, mark: "SensorMark") -> None:
        """Go back to a mark."""
        self.track.return_to(mark.track)
        self.variance, self.nis = mark.numbers
        self.noise, self.turnover = replace(mark.noise), replace(mark.turnover)
        self.bias = replace(mark.bias)
        self.end_s, self.length_s, self.validity, self.condition, self.since_s = mark.newest

    def hear(self, observation: Observation) -> None:
        """Keep what a window was like."""
        self.end_s = observation.start_s + observation.length_s
        self.length_s = observation.length_s
        self.validity = observation.validity

    def is_believed(self) -> bool:
        """Say whether its counts are taken in."""
        return not (self.track.is_named or self.track.is_stuck())

    def is_silent(self, at_s: int) -> bool:
        """Say whether three windows have ended since the newest that came.

        The third is not due yet, so two are missing: who looks is told before the number changes.
        """
        return self.end_s is None or at_s - self.end_s >= SILENT_WINDOWS * self.length_s

    def is_fresh(self, at_s: int) -> bool:
        """Say whether a window of it ended lately enough to be in the number."""
        if self.end_s is None:
            return False
        return at_s - self.end_s <= SILENT_WINDOWS * self.length_s + STAYS_S

    def judge(self, at_s: int) -> None:
        """Say how it fares now; since_s is when that began."""
        found = self._condition(at_s)
        if found is not self.condition or self.since_s is None:
            self.condition, self.since_s = found, at_s

    def health(self) -> Health:
        """Return how it fares."""
        return Health(
            self.sensor.id, self.condition, self.since_s, self.nis if self.is_direct else None
        )

    def _condition(self, at_s: int) -> SensorCondition:
        said = (
            # First: what it said while it spoke tells nothing of now, and somebody has to go there.
            (self.is_silent(at_s), SensorCondition.SILENT),
            (self.track.is_stuck(), SensorCondition.STUCK),
            (bool(self.track.is_named), SensorCondition.CONFLICTING),
            (self.track.pair_sum >= NAMED, SensorCondition.IN_DOUBT),
            (self.validity is Validity.NOT_COUNTED, SensorCondition.NOT_COUNTING),
            (self.validity is Validity.AT_LEAST, SensorCondition.LOWER_BOUND),
            (self.track.windows < LEARNING_WINDOWS, SensorCondition.LEARNING),
        )
        return next((condition for holds, condition in said if holds), SensorCondition.FINE)
