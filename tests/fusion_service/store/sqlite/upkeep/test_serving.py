# SPDX-License-Identifier: Apache-2.0
"""One service serves a store at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fusion_service.errors import StoreError
from fusion_service.store.sqlite.upkeep.serving import SUFFIX, served_alone

HOLD = """
import sys, time
from pathlib import Path
from fusion_service.store.sqlite.upkeep.serving import served_alone
with served_alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_another_process_on_the_same_store_is_refused_and_named_whatever_it_is_called(
    tmp_path: Path,
) -> None:
    store = tmp_path / "fusion.sqlite"
    (tmp_path / "other.sqlite").symlink_to(store)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, store], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for name in ("fusion.sqlite", "other.sqlite", "./fusion.sqlite"):
            with pytest.raises(StoreError) as refused, served_alone(tmp_path / name):
                pass
            assert (
                f"another fusion-service (process {holder.pid}) serves this store; end it"
                in str(refused.value)
            )
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
        with served_alone(store):  # the kernel lets go of it, whatever ended the process
            assert (tmp_path / f"fusion.sqlite{SUFFIX}").read_text() == f"{os.getpid()}\n"


def test_two_stores_are_served_beside_each_other_and_one_again_after_another(
    tmp_path: Path,
) -> None:
    with served_alone(tmp_path / "a"), served_alone(tmp_path / "b"):
        pass
    with served_alone(tmp_path / "a"):
        pass


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere/fusion.sqlite", "make the folder"),  # no folder
        ("afile/fusion.sqlite", "afile is a file, wanted a folder"),  # a file on the way
        ("loop/fusion.sqlite", "loop"),  # a link to itself
    ],
)
def test_a_place_where_no_store_can_be_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "afile").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StoreError, match=said) as refused, served_alone(tmp_path / name):
        pass
    assert str(refused.value).startswith(f"{tmp_path / name}: ")
