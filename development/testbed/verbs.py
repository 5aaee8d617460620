# SPDX-License-Identifier: Apache-2.0
"""Run a verb of the centre's command line in this process.

It is all that a program of its own would do but start, which takes thirty times as long. What a
test is about is run as a program; this is for what it needs before.
"""

from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from development.testbed.program import StageError
from fusion_service.cli import main


def run_verb(arguments: Sequence[str | Path]) -> str:
    """Run a verb to its end and return what it printed. Raises StageError where it fails."""
    said, told = StringIO(), StringIO()
    code: str | int | None = 0
    with redirect_stdout(said), redirect_stderr(told):
        try:
            main([str(one) for one in arguments])
        except SystemExit as ended:
            code = ended.code
    if code:
        words = " ".join(map(str, arguments))
        raise StageError(f"fusion-service {words}: ended with {code}: {told.getvalue().strip()}")
    return said.getvalue()
