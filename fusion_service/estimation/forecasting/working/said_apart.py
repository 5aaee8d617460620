# SPDX-License-Identifier: Apache-2.0
"""The process that forecasts once: a file of what is asked in, a file of the answer out.

Run with `python -m`; apart.py does.
"""

import os
import sys
from pathlib import Path


def answer_once(asked: Path, answer: Path) -> None:
    """Answer what a file asks."""
    from fusion_service.estimation.forecasting.working.exchange import (  # noqa: PLC0415 - once it gives way
        read_asked,
        write_answer,
    )
    from fusion_service.estimation.forecasting.working.saying import say_here  # noqa: PLC0415 - alike

    write_answer(answer, say_here(read_asked(asked)))


if __name__ == "__main__":
    os.nice(5)
    answer_once(Path(sys.argv[1]), Path(sys.argv[2]))
