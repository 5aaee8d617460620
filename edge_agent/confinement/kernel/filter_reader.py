# SPDX-License-Identifier: Apache-2.0
"""Read other processes' filters for a supervisor that has a filter itself.

The kernel hands a process's seccomp programs only to one that has none. So the supervisor starts
this before it locks itself: a process that answers one question, over two pipes, and ends when the
supervisor does. It has no network, and starts nothing.
"""

import base64
import contextlib
import json
import os
import select
import subprocess
import sys

from edge_agent.confinement.kernel.calls import PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.confinement.kernel.namespaces import NEW_NETWORK
from edge_agent.confinement.kernel.seccomp_programs import Filters, read_filters
from edge_agent.errors import ProcessError

ANSWER_S = 20.0
STOP_S = 5.0
ANSWER_BYTES_MAX = 16_777_216


class FilterReader:
    """The process, and what to ask it.

    Must be made before the asking process takes a filter of its own.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-m", "edge_agent.confinement.kernel.filter_reader"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module

    def read(self, pid: int) -> Filters | None:
        """Return what read_filters returns.

        Raises ProcessError where no answer comes, ProcessLookupError as it does.
        """
        question, answer = self._process.stdin, self._process.stdout
        assert question is not None  # noqa: S101 - made with pipes, above
        assert answer is not None  # noqa: S101 - the same
        try:
            question.write(f"{pid}\n".encode())
            question.flush()
            told = select.select([answer], [], [], ANSWER_S)[0] and answer.readline(
                ANSWER_BYTES_MAX
            )
        except OSError as error:
            raise ProcessError(
                f"filter reader: {error.strerror}; it has ended, and nothing can be measured "
                "without it"
            ) from error
        if not told:
            raise ProcessError(
                "filter reader: no answer; it has ended, and nothing can be measured without it"
            )
        said = json.loads(told)
        if said["fault"] is not None:
            raise (ProcessLookupError if said["gone"] else ProcessError)(said["fault"])
        filters: dict[str, list[str]] | None = said["filters"]
        if filters is None:
            return None
        return {
            int(thread): tuple(map(base64.b64decode, programs))
            for thread, programs in filters.items()
        }

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None  # noqa: S101 - made with pipes
        assert self._process.stdout is not None  # noqa: S101 - the same
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def answer(pid: int) -> str:
    """Return the answer for one process, as one line of JSON."""
    filters, fault, gone = None, None, False
    try:
        filters = read_filters(pid)
    except (ProcessLookupError, FileNotFoundError) as error:
        fault, gone = str(error), True
    except (ProcessError, OSError) as error:
        fault = str(error)
    coded = None
    if filters is not None:
        coded = {
            thread: [base64.b64encode(one).decode() for one in programs]
            for thread, programs in filters.items()
        }
    return json.dumps({"filters": coded, "fault": fault, "gone": gone})


def main() -> None:
    """Answer until nobody asks any more."""
    kernel = Kernel()
    with contextlib.suppress(
        OSError
    ):  # without root there are no namespaces, and the filters cannot be read either
        kernel.call("unshare", NEW_NETWORK)
    kernel.demand("no new privileges", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # A word at the terminal is for the supervisor, which then closes the pipe.
    os.setpgid(0, 0)
    for question in sys.stdin:
        sys.stdout.write(answer(int(question)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
