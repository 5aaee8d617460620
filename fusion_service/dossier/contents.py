# SPDX-License-Identifier: Apache-2.0
"""All that the papers say, before it is written: both registers, the annex, and the signs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fusion_service.dossier.algorithm_register import algorithm_register
from fusion_service.dossier.annex import annex
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.sensor_register import sensor_register
from fusion_service.dossier.signs import signs
from fusion_service.dossier.words.gaps import Tree
from fusion_service.pages.section import Section

SENSORS, ALGORITHMS = "sensorregister", "algoritmeregister"
REGISTERS = {SENSORS: "Sensorregister (SensRNet)", ALGORITHMS: "Algoritmeregister 1.0"}


@dataclass(frozen=True, slots=True)
class Contents:
    """Registers by their names, and the sections of the annex and of the signs."""

    registers: Mapping[str, Tree]
    annex: tuple[Section, ...]
    signs: tuple[Section, ...]


def contents_of(dossier: Dossier) -> Contents:
    """Return what the papers of a site say by what the software knows."""
    registers = {SENSORS: sensor_register(dossier), ALGORITHMS: algorithm_register(dossier)}
    return Contents(registers, annex(dossier), signs(dossier))
