# SPDX-License-Identifier: Apache-2.0
"""How a locked process ends: at once, by its exit code, without joining a thread.

The C library joins a thread on a futex that is not private, which the lock refuses, and then ends
the process by a signal. So what must be closed is closed by whoever opened it, and the rest is the
kernel's.
"""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

from edge_agent.errors import CameraError, EdgeAgentError

DONE_EXIT, FAULT_EXIT = 0, 1
NOT_INSTALLED_EXIT = 5
"""A library is not there or cannot be loaded: no start of the same installation will go better.
Only before the lock's stage B."""


def run(main: Callable[..., None], *descriptors: int, log: logging.Logger) -> NoReturn:
    """Run a process's `main`, say in a sentence what ended it, and exit.

    It exits inside each clause, while the error still holds what was open: once that is let go of,
    it would be closed by joining its threads.
    """
    try:
        main(*descriptors)
    except CameraError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        exit_now(error.fault)
    except EdgeAgentError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        exit_now(FAULT_EXIT)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the process must not end as Python ends
        sys.excepthook(type(error), error, error.__traceback__)
        exit_now(FAULT_EXIT)
    exit_now(DONE_EXIT)


def explain_failed_import(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in a sentence which library of ours is not installed, and exit.

    This is the excepthook while they are imported.
    """
    sentence = ""
    if isinstance(error, ImportError):
        from wire_contract.programs.extras import explained  # noqa: PLC0415 - only where something is missing: it costs each process else

        sentence = explained(error)
    if not sentence:
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"edge_agent ERROR {sentence}\n")
    exit_now(NOT_INSTALLED_EXIT)


def exit_now(code: int) -> NoReturn:
    """Flush what is left to say, and end the process with this code."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
    os._exit(code)
