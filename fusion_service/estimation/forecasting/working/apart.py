# SPDX-License-Identifier: Apache-2.0
"""Have a process of its own forecast, so that who commits never waits for arithmetic.

A forecast is a second of many small steps. In a thread each of them would take its turn from
whoever commits reports: measured, a commit then lasts twice as long.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fusion_service.errors import ForecastError
from fusion_service.estimation.forecasting.working import said_apart
from fusion_service.estimation.forecasting.working.exchange import read_answer, write_asked
from fusion_service.estimation.forecasting.working.saying import Answer, Asked

LONGEST_S = 600


def say_apart(asked: Asked) -> Answer:
    """Forecast in another process. Raises ForecastError where it fails."""
    try:
        asked.models.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".saying-", dir=asked.models.parent) as name:
            question, answer = Path(name) / "asked", Path(name) / "answer"
            write_asked(question, asked)
            command = [sys.executable, "-m", said_apart.__name__, str(question), str(answer)]
            done = subprocess.run(  # noqa: S603 - our own module over our own files
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=LONGEST_S,
            )
            if done.returncode:
                last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
                raise ForecastError(
                    f"forecasting ended with {done.returncode}: {''.join(last)[:200]}"
                )
            return read_answer(answer)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ForecastError(f"forecasting: {error}") from error
