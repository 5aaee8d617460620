# SPDX-License-Identifier: Apache-2.0
"""Let somebody in at a centre on this machine, for as long as it is looked at."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from development.testbed.program import StageError, find_program

ORGANISATION = "demo"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who may log in. codes: recovery codes, each of which counts once."""

    login: str
    password: str
    codes: tuple[str, ...]


def let_in(
    config: Path,
    login: str,
    role: str,
    *,
    language: str = "nl",
    scope: tuple[str, ...] = (),
    organisation: str = ORGANISATION,
) -> Guest:
    """Make a person with a password of the centre's own making."""
    places = [word for place in scope for word in ("--scope", place)]
    who = ("--role", role, "--organisation", organisation, "--language", language, *places)
    shown = _run(config, "person", "add", login, *who)
    found = dict(re.findall(r"^(\w+)\s+(\S.*)$", shown, re.MULTILINE))
    return Guest(login, found["password"], tuple(found.get("recovery", "").split()))


def screen_key(config: Path, name: str) -> str:
    """Make a key that pairs a screen, once."""
    who = ("--role", "wall-screen", "--organisation", ORGANISATION)
    return _run(config, "key", "add", name, *who).strip()


def _run(config: Path, *words: str) -> str:
    command = [find_program("fusion-service"), *words, "--config", str(config)]
    # An empty line asks for a password to be made.
    done = subprocess.run(command, input="\n", capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        raise StageError(f"{' '.join(words[:2])}: {done.stderr.strip()}")
    return done.stdout
