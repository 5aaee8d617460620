# SPDX-License-Identifier: Apache-2.0
"""Commands beside each other, each with its own end, time and words."""

import pytest

from development.check.__main__ import LOGS, Running

BUSY = "import time; begun = time.process_time()\nwhile time.process_time() < begun + 0.3: pass"


def test_each_has_the_time_that_it_took_whoever_is_waited_for_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    LOGS.mkdir(exist_ok=True)
    slow = Running("slow", ("python", "-c", "import time; time.sleep(1.5); print('slept')"))
    busy = Running("busy", ("python", "-c", f"{BUSY}\nraise SystemExit(3)"))
    assert slow.ended_well()
    assert not busy.ended_well()
    assert busy.took_s < slow.took_s
    assert busy.cpu_s >= 0.3 > slow.cpu_s
    assert "slept" in capsys.readouterr().out
