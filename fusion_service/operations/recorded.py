# SPDX-License-Identifier: Apache-2.0
"""Record every verb that may change something: when it begins, and what came of it.

A verb is recorded unless it is named here as one that only reads, so that none can be forgotten. No
verb takes a secret as an argument, since any user may see those of a process: so all are written.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import typer

from fusion_service.errors import ConfigError, FusionError
from fusion_service.security_log import Act, Result, own_actor, own_origin, record

Verb = Callable[..., object]
READS = frozenset(
    {
        "access log",
        "audit show",
        "backtest",
        "dossier",
        "exercise debrief",
        "exercise run",
        "forecast score",
        "forecast show",
        "forecast what-if",
        "season",
        "status",
        "context list",
        "context try",
        "device list",
        "key list",
        "person list",
        "shift log",
        "site buildings",
        "site check",
        "site list",
        "site show",
        "source list",
        "store dead-letters",
        "store rehearse",
    }
)
"""Verbs that change neither store nor authority; an exercise makes a store of its own."""
ELSEWHERE = frozenset({"audit keygen", "audit sign"})
"""Verbs of an auditor's own machine: no store and no authority is near them."""
OF_PEOPLE = frozenset({"access erase", "person add", "person disable", "person reset"})
"""Verbs whose arguments name somebody. These files cannot be erased from, so what is named stays
out of them: the access log has it."""


def recorded(command: Any, path: str = "") -> Any:  # noqa: ANN401 - a command or a group, as typer's
    """Have every verb below `command` recorded, and return it."""
    for name, child in getattr(command, "commands", {}).items():
        recorded(child, f"{path} {name}".strip())
    if not hasattr(command, "commands") and path not in READS | ELSEWHERE:
        command.callback = _recording(command.callback, path, command.params)
    return command


def _recording(verb: Verb, action: str, parameters: list[Any]) -> Verb:
    arguments = [one.name for one in parameters if one.param_type_name == "argument"]
    defaults = {one.name: one.default for one in parameters}

    @wraps(verb)
    def run(**given: object) -> object:
        named = [str(given[name]) for name in arguments if given.get(name)]
        place = str(given.get("ca") or given.get("config") or "")
        options = {
            name: str(value)
            for name, value in given.items()
            if name not in arguments and value not in (None, False, defaults.get(name))
        }
        if action in OF_PEOPLE:
            named, options = ["somebody"], {}
        detail = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in options.items())
        act = Act(action, " ".join(named) or place, Result.BEGUN, own_origin(), own_actor(), detail)
        record(act, _folders(given))
        try:
            ended = verb(**given)
        except BaseException as error:
            named_reason = isinstance(error, (FusionError, typer.BadParameter))
            result = Result.REFUSED if named_reason else Result.FAILED
            said = type(error).__name__ + ("" if action in OF_PEOPLE else f": {error}")
            record(replace(act, result=result, detail=said), _folders(given))
            raise
        record(replace(act, result=Result.DONE), _folders(given))
        return ended

    return run


def _folders(given: dict[str, object]) -> tuple[Path, ...]:
    """Return where the lines belong: beside authority and store, whichever this verb names."""
    authority = given.get("ca") or given.get("directory")
    found = []
    if authority:
        from fusion_service.identity.ca.issuers import ROOT_CERTIFICATE  # noqa: PLC0415 - as a verb does

        # Else it is no authority, or not yet.
        found += [path for path in [Path(str(authority))] if (path / ROOT_CERTIFICATE).exists()]
    if given.get("config"):
        from fusion_service.config import load  # noqa: PLC0415 - as a verb does

        # Nothing can be changed by a config that says nothing; the journal has the line.
        with suppress(ConfigError):
            found.append(load(Path(str(given["config"]))).store.path.parent)
    return tuple(dict.fromkeys(path.resolve() for path in found))
