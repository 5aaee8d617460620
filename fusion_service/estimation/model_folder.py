# SPDX-License-Identifier: Apache-2.0
"""The forecasters of a site: a folder with a file each version, and a line of what it is.

A version is written once and never changed. The newest that is live answers; those that lost are
kept beside it, with by how much, until there are more than are kept.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.forecaster import Forecaster
from fusion_service.estimate.forecast.models.model_file import from_bytes, to_bytes

KEPT_MAX = 12
"""Versions of a site: a quarter of a year, where a new one is trained each week."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version, from 1 on: when it was made (UTC, ms), and what it was trained for.

    places: the series in their order, DEVICE/KIND/NAME; a site with others needs another model.
    ratio: its MAE over that of the live one of then, with the 95 % interval; None without one.
    """

    version: int
    made_ms: int
    is_live: bool
    step_s: int
    places: tuple[str, ...]
    ratio: tuple[float, float, float] | None


class ModelFolder:
    """Versions of one site. One process writes; any may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def versions(self) -> list[ModelVersion]:
        """Return what there is, the oldest first. Raises ForecastError."""
        return [_read(path) for path in sorted(self._path.glob("*.json"))]

    def live(self, places: tuple[str, ...], step_s: int) -> tuple[ModelVersion, Forecaster] | None:
        """Return the newest live version for these series and steps; None where there is none.

        Raises ForecastError where it cannot be read.
        """
        for one in reversed(self.versions()):
            if one.is_live and one.places == places and one.step_s == step_s:
                try:
                    content = self._file(one.version, "model").read_bytes()
                except OSError as error:
                    raise ForecastError(f"forecast model {one.version}: {error}") from error
                return one, Forecaster(from_bytes(content))
        return None

    def keep(
        self,
        forecaster: Forecaster,
        *,
        made_ms: int,
        is_live: bool,
        step_s: int,
        places: tuple[str, ...],
        ratio: tuple[float, float, float] | None,
    ) -> ModelVersion:
        """Write a forecaster as the next version; the oldest that is not live goes, past twelve."""
        known = self.versions()
        version = known[-1].version + 1 if known else 1
        kept = ModelVersion(version, made_ms, is_live, step_s, places, ratio)
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The line comes last: a model without one is not there.
            self._write(self._file(version, "model"), to_bytes(forecaster.bands))
            self._write(self._file(version, "json"), json.dumps(asdict(kept)).encode())
        except OSError as error:
            raise ForecastError(f"forecast model {version}: cannot be written: {error}") from error
        self._forget([*known, kept])
        return kept

    def _forget(self, known: list[ModelVersion]) -> None:
        live = max((one.version for one in known if one.is_live), default=0)
        for one in known[: max(len(known) - KEPT_MAX, 0)]:
            if one.version != live:
                for suffix in ("json", "model"):
                    with suppress(FileNotFoundError):
                        self._file(one.version, suffix).unlink()

    def _file(self, version: int, suffix: str) -> Path:
        return self._path / f"{version:06d}.{suffix}"

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)


def _read(path: Path) -> ModelVersion:
    try:
        read = json.loads(path.read_bytes())
        ratio = read["ratio"]
        return ModelVersion(
            version=int(read["version"]),
            made_ms=int(read["made_ms"]),
            is_live=bool(read["is_live"]),
            step_s=int(read["step_s"]),
            places=tuple(str(one) for one in read["places"]),
            ratio=None if ratio is None else (float(ratio[0]), float(ratio[1]), float(ratio[2])),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ForecastError(f"{path}: is no line of a forecast model: {error}") from error
