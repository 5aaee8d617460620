# SPDX-License-Identifier: Apache-2.0
"""The page of a demonstration: where it is, who may log in, and for how long it is there.

The log-in is made for one demonstration, over a centre that listens on loopback alone, and goes
with its store.
"""

import sys
import threading

from development.testbed.guests import Guest

LOGIN, ROLE = "demo", "officer"


def address(url: str, guest: Guest) -> str:
    """Say where the page is and how to log in; a recovery code stands for an app's."""
    first, *others = guest.codes
    return "\n".join(
        (
            f"The page: {url}/   the map: {url}/map",
            f"  on a wall: {url}/wall",
            f"  login {guest.login}   password {guest.password}   code {first}",
            f"  a code counts once; others: {' '.join(others[:3])}",
        )
    )


def stay(where: str, *, asked: bool) -> None:
    """Leave the page up until whoever started this says so; not at all where nobody is there to.

    where: the address, told once more. asked: also without a terminal, until a signal ends this.
    """
    if sys.stdin.isatty():
        print(f"{where}\nThe page stays until you press Enter.", flush=True)
        sys.stdin.readline()
    elif asked:
        print(f"{where}\nThe page stays until this is ended.", flush=True)
        threading.Event().wait()
    else:
        print("The page is gone with its centre; --stay keeps both.")
