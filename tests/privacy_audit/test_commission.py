# SPDX-License-Identifier: Apache-2.0
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from privacy_audit.commission import NAMES, look_for_setup
from privacy_audit.finding import Verdict

_NAMED = (
    "import ctypes, sys, time; ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0);"
    "print(1, flush=True); time.sleep(60)"
)


def box(listen: str) -> Any:
    return SimpleNamespace(config=SimpleNamespace(commission=SimpleNamespace(listen=listen)))


@pytest.mark.parametrize("name", NAMES)
def test_the_audit_falls_while_a_process_of_a_set_up_is_there(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", _NAMED, name], stdout=subprocess.PIPE) as open_one:
        assert open_one.stdout is not None
        open_one.stdout.readline()
        try:
            found = look_for_setup("processes", box("127.0.0.1:1"))
        finally:
            open_one.kill()
    assert found.verdict is Verdict.FELL
    assert name in found.detail


def test_the_audit_falls_where_somebody_listens_for_an_installer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert "installer-page" in look_for_setup("processes", box(address)).detail
    assert "installer-page" not in look_for_setup("processes", box(address)).detail
