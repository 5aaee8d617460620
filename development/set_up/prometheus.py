# SPDX-License-Identifier: Apache-2.0
"""Fetch Prometheus and promtool for the tests of the alert rules.

Out of Debian's package, into the clone, never installed.

Rule: standard library only, and no syntax newer than 3.9; see setup.py.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from development.set_up.steps import ROOT, SetupError, StepError, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = ROOT / "var" / "prometheus"
PROGRAMS = ("promtool", "prometheus")
UNPACK_S_MAX = 300


def fetch_prometheus(apt: Callable[..., None], folder: Path) -> None:
    """Lay both programs into var/prometheus.

    Where they cannot be had, say so: their tests then skip.
    """
    if all(shutil.which(name, path=f"/usr/bin:{FOLDER}") for name in PROGRAMS):
        return
    # apt would download as its own user, who may not write here, and says so each time.
    arguments = ["-o", "APT::Sandbox::User=root", "download", "prometheus"]
    try:
        apt(
            "fetching prometheus, for the alert rules (19 MB)",
            arguments,
            prefix=[],
            advice="",
            cwd=folder,
        )
        package = next(folder.glob("prometheus_*.deb"))
        step(
            "unpacking prometheus",
            ["dpkg-deb", "-x", str(package), str(folder / "prometheus")],
            limit_s=UNPACK_S_MAX,
        )
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            (folder / "prometheus" / "usr" / "bin" / name).replace(FOLDER / name)
    except (StepError, SetupError, OSError, StopIteration) as error:
        print(
            "set-up: no prometheus, so the tests of the alert rules skip: "
            f"{str(error).splitlines()[0] if str(error) else error!r}"
        )
