# SPDX-License-Identifier: Apache-2.0
"""Read a list of boxes for which tokens are made: a CSV with the columns site,device[,test]."""

from csv import Error as CsvError
from csv import reader as csv_reader
from pathlib import Path

from fusion_service.errors import ConfigError
from wire_contract.errors import FieldError
from wire_contract.messages.report import NAME
from wire_contract.programs.config_text import TEXT_BYTES_MAX, TextError, read_text


def read_box_list(path: Path) -> list[tuple[str, str, bool]]:
    """Read a CSV of boxes; every line that is wrong is told, and then none is used."""
    try:
        with path.open("rb") as file:
            rows = list(csv_reader(read_text(file.read(TEXT_BYTES_MAX + 1)).splitlines()))
    except (OSError, ValueError, TextError, CsvError) as error:
        raise ConfigError(
            f"{path}: cannot be read: {error}; wanted a CSV with the columns site,device[,test]"
        ) from error
    if rows and len(rows[0]) == 1 and ";" in rows[0][0]:
        raise ConfigError(
            f"{path}:1: got ; between the columns, wanted a comma; save it with commas"
        )
    if not rows or rows[0][:2] != ["site", "device"]:
        raise ConfigError(
            f"{path}:1: got {','.join(rows[0])[:80] if rows else 'nothing'!r}, wanted the columns "
            "site,device[,test]"
        )
    boxes, mistakes = [], []
    for number, row in enumerate(rows[1:], start=2):
        try:
            boxes.append(_box_of(row))
        except (ValueError, KeyError, FieldError) as error:
            mistakes.append(f"{path}:{number}: {error}; wanted site,device[,yes or no]")
    twice = {
        f"{site}/{device}"
        for site, device, _ in boxes
        if [box[:2] for box in boxes].count((site, device)) > 1
    }
    mistakes += [f"{path}: {name} stands twice" for name in sorted(twice)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return boxes


def _box_of(row: list[str]) -> tuple[str, str, bool]:
    """Return site, device and whether it is a test site.

    Raises ValueError, KeyError or FieldError.
    """
    site, device, *test = row
    NAME.check(site, "site")
    NAME.check(device, "device")
    return site, device, {(): False, ("",): False, ("no",): False, ("yes",): True}[tuple(test)]
