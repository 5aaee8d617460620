# SPDX-License-Identifier: Apache-2.0
"""The process that trains: a request in, the site's next version out. Run with `python -m`."""

import os
import sys
from pathlib import Path


def train_once(folder: Path, request: Path) -> None:
    """Train on a request and keep the version; live where it beats the live one."""
    from fusion_service.estimate.forecast.training import train  # noqa: PLC0415 - once it is idle
    from fusion_service.estimation.forecasting.training.request import read_request  # noqa: PLC0415 - alike
    from fusion_service.estimation.forecasting.working.fitting import fits  # noqa: PLC0415 - alike
    from fusion_service.estimation.model_folder import ModelFolder  # noqa: PLC0415 - alike

    asked, models = read_request(request), ModelFolder(folder)
    live = models.live(asked.places, asked.panel.step_s)
    before = None if live is None or not fits(live[1], asked.panel) else live[1]
    trained = train(asked.panel, before)
    ratio = None if trained.choice is None else trained.choice.ratio
    models.keep(
        trained.forecaster,
        made_ms=asked.made_ms,
        is_live=trained.is_live,
        step_s=asked.panel.step_s,
        places=asked.places,
        ratio=None if ratio is None else (ratio.ratio, ratio.low, ratio.high),
    )


def _give_way() -> None:
    """Run on what nobody else wants of the processor."""
    os.nice(19)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    _give_way()
    train_once(Path(sys.argv[1]), Path(sys.argv[2]))
