# SPDX-License-Identifier: Apache-2.0
import subprocess
from pathlib import Path

import pytest

from privacy_audit.pairs.disk import IN_MEMORY, file_system, folder_on_disk


def test_what_the_kernel_keeps_in_memory_is_known() -> None:
    assert file_system("/proc") == "proc"
    memory = Path("/dev", "shm")
    if not memory.is_dir():
        pytest.skip("no /dev/shm here")
    assert file_system(str(memory)) in IN_MEMORY


def test_it_is_what_another_program_says(tmp_path: Path) -> None:
    told = subprocess.run(
        ["/usr/bin/findmnt", "-no", "FSTYPE", "--target", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert file_system(str(tmp_path)) == told.stdout.strip()


def test_a_folder_is_always_named() -> None:
    assert Path(folder_on_disk()).is_dir()
