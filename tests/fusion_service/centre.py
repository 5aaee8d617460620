# SPDX-License-Identifier: Apache-2.0
"""A real fusion-service of the launcher, with what tests ask of it from outside."""

import json
import sys
from pathlib import Path
from typing import Any

from development.testbed import centre as testbed
from development.testbed.forks import ForkedProgram
from development.testbed.program import WAIT_S, call, rss_mb, until
from tests.fusion_service.box import Box

__all__ = ["PROGRAM", "WAIT_S", "Centre", "ReadyCentre", "until"]
PROGRAM = Path(sys.executable).with_name("fusion-service")


class Centre(testbed.Centre):
    """One fusion-service, its folder, and the boxes of tests."""

    def rss_mb(self) -> float:
        """Return its resident memory now."""
        return rss_mb(self.pid)

    def enrol(self, box: Box, *more: str) -> None:
        name = f"{box.site}/{box.device}"
        self.add_device(name, Path(box.write_public_key(self.folder)), *more)

    def upto(self, box: Box) -> int:
        stream = self.get(f"/v1/devices/{box.site}/{box.device}")["stream"]
        return 0 if stream is None else int(stream["upto"])

    def outcomes(self) -> dict[tuple[str, str], int]:
        return {
            (row["channel"], row["outcome"]): row["total"]
            for row in self.get("/v1/outcomes")["outcomes"]
        }

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            call("fusion-service", "status", "--config", str(self.config), "--json")
        )
        return answer


class ReadyCentre(Centre):
    """One whose libraries are loaded already: for what is asked of a centre that runs.

    A test of the start, of the memory or of the whole trip starts the program.
    """

    STARTED_AS = ForkedProgram
