#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Say every verb of both programs in this installation, and judge what comes.

A result, a refusal, or one sentence; never a stack.

Run by the interpreter of the installation that is looked at: VENV/bin/python
development/trials/verbs.py. The verbs and their arguments are those of the programs themselves, so
that a new verb is tried too; with --needing only those that need an extra, and both programs' own
help. Where an extra is missing that a verb needs, that must be all it says, on one line, with the
command that installs it. Exit 1 where one does otherwise.
"""

import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from wire_contract.programs.extras import Extra, lacking

PROGRAMS = {"edge-agent": "edge_agent.cli", "fusion-service": "fusion_service.cli"}
NEEDS = {
    "edge-agent run": (Extra.SENSOR,),
    "edge-agent check": (Extra.SENSOR,),
    "edge-agent audit": (Extra.SENSOR, Extra.FUSION),
    "edge-agent register": (Extra.SENSOR, Extra.REGISTER),
    "edge-agent model fetch": (Extra.MODEL,),
    "edge-agent model add": (Extra.SENSOR,),
    "fusion-service run": (Extra.FUSION,),
    "fusion-service device add": (Extra.FUSION,),
    "fusion-service enrol-serve": (Extra.FUSION,),
    "fusion-service store replay-dead-letters": (Extra.FUSION,),
    "fusion-service backtest": (Extra.FUSION, Extra.FORECAST),
    "fusion-service forecast train": (Extra.FUSION, Extra.FORECAST),
    "fusion-service forecast score": (Extra.FUSION,),
    "fusion-service forecast show": (Extra.FUSION, Extra.FORECAST),
}
"""The verbs that cannot begin without an extra. Others say what is missing when they come to it."""
VERB_S_MAX = 60.0
LINES = 2
BOX = """site = "test"
device = "box"
[camera]
source = "file"
path = "street.avi"
[[lines]]
id = "door"
a = [0, 100]
b = [200, 100]
[store]
directory = "box"
[keys]
directory = "keys"
"""
CENTRE = '[store]\npath = "fusion.sqlite"\n[broker]\nport = 1\n[http]\nport = 18080\n'
WORDS = {
    "SITE/DEVICE": "beach/pier-1",
    "[SITE/DEVICE]": "beach/pier-1",
    "URL": "https://127.0.0.1:1",
    "HOST:PORT": "127.0.0.1:1",
}
TIME = "2026-06-01T14:00:00Z"


@dataclass(frozen=True)
class Said:
    """What one verb said, and what is wrong with that; nothing where it is empty."""

    verb: str
    code: int | None
    last: str
    wrong: str


def main() -> int:
    """Say all verbs, print a row of each, and return 1 where one is wrong."""
    only = sys.argv[1:] == ["--needing"]
    with (
        tempfile.TemporaryDirectory(prefix="people-count-verbs-") as name,
        ThreadPoolExecutor(LINES) as lines,
    ):
        chosen = [
            verb for verb in verbs() if not skipped(*verb) and (not only or is_needing(*verb))
        ]
        jobs = [
            lines.submit(say, Path(name, str(number)), *verb) for number, verb in enumerate(chosen)
        ]
        said = [job.result() for job in jobs]
    for one in said:
        print(
            f"{one.verb:48} {'WRONG' if one.wrong else 'fine'} {one.code} "
            f"{one.wrong or one.last[:240]}"
        )
    wrong = [one for one in said if one.wrong]
    print(f"{len(said)} said, {len(wrong)} wrong")
    return 1 if wrong or not said else 0


def verbs() -> Iterator[tuple[str, list[str]]]:
    """Yield each program and verb, once with arguments that it can read and once with --help."""
    for program, module in PROGRAMS.items():
        try:
            line = import_module(module)
            if hasattr(line, "_add_verbs"):
                line._add_verbs([])  # noqa: SLF001 - as the command line does for its own help
            command = typer.main.get_command(line.app)
        except ImportError:
            traceback.print_exc()
            yield program, ["--help"]
            continue
        for path, verb in leaves(command, []):
            yield program, [*path, "--help"]
            if not is_group(verb):
                yield program, [*path, *arguments(program, verb)]


def is_group(command: Any) -> bool:  # noqa: ANN401 - typer carries a click of its own, whose name is not ours to know
    """Say whether a command has others below it."""
    return hasattr(command, "commands")


def leaves(command: Any, path: list[str]) -> Iterator[tuple[list[str], Any]]:  # noqa: ANN401 - the same
    """Yield a command and all below it."""
    yield path, command
    for name, below in command.commands.items() if is_group(command) else ():
        yield from leaves(below, [*path, name])


def arguments(program: str, verb: Any) -> list[str]:  # noqa: ANN401 - the same
    """Return something that each required argument can be read as, and that is not there."""
    given = []
    for param in verb.params:
        if param.required or param.name == "config":
            given += (
                [value(program, param)]
                if param.param_type_name == "argument"
                else [param.opts[0], value(program, param)]
            )
    return given


def value(program: str, param: Any) -> str:  # noqa: ANN401 - the same
    """Return one word for a parameter: of its kind, and by its name where that says more."""
    if param.name == "config":
        return "box.toml" if program == "edge-agent" else "centre.toml"
    metavar = str(param.metavar or "")
    if metavar == "TIME":
        return TIME
    kind = (
        f"{getattr(param, 'type_descriptor', '')} {getattr(param, 'type', '')}".lower()
    )  # by the release of typer
    if "'int'" in kind or "'float'" in kind or kind.strip().startswith(("int", "float")):
        return "1"
    if metavar in WORDS or param.name in ("name", "broker"):
        return WORDS.get(
            metavar,
            "beach/pier-1"
            if param.name == "name" and program == "fusion-service"
            else "person-ssdlite",
        )
    return "absent"


def skipped(program: str, words: list[str]) -> bool:
    """Say whether a verb would begin in earnest here.

    An audit takes many minutes, and a centre and a box go on for ever.
    """
    return (
        f"{program} {words[0]}" in ("edge-agent audit", "edge-agent run", "fusion-service run")
        and "--help" not in words
        and not lacking(*NEEDS[f"{program} {words[0]}"])
    )


def needing(program: str, words: list[str]) -> str:
    """Return by which name the table knows these words, empty where it does not."""
    return next(
        (
            name
            for name in (" ".join([program, *words[:count]]) for count in (2, 1))
            if name in NEEDS
        ),
        "",
    )


def is_needing(program: str, words: list[str]) -> bool:
    """Say whether these words are a verb that needs an extra, or the help of a whole program."""
    return words == ["--help"] or ("--help" not in words and bool(needing(program, words)))


def say(folder: Path, program: str, words: list[str]) -> Said:
    """Say one verb in a folder of its own, and judge it."""
    folder.mkdir()
    (folder / "box.toml").write_text(BOX)
    (folder / "centre.toml").write_text(CENTRE)
    (folder / "street.avi").write_bytes(b"no film")
    shown = " ".join([program, *words])[:48]
    command = [str(Path(sys.prefix) / "bin" / program), *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own programs
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=VERB_S_MAX,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Said(shown, None, "", f"not done within {VERB_S_MAX:.0f} s")
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [""]
    missing = lacking(*NEEDS.get(needing(program, words), ())) if "--help" not in words else ""
    return Said(
        shown, done.returncode, last[0], wrong_with(done, missing, is_help="--help" in words)
    )


def wrong_with(done: subprocess.CompletedProcess[str], missing: str, *, is_help: bool) -> str:
    """Return what is wrong with what came."""
    lines = done.stderr.strip().splitlines()
    if "Traceback" in done.stderr + done.stdout:
        return f"a stack: {lines[-1]}"
    if is_help:
        return "" if done.returncode == 0 else f"no help: {lines[-1:]}"
    if done.returncode not in (0, 1, 2):
        return "neither done nor refused"
    # The same interpreter goes by more names than one.
    what, how = missing.partition(": run ")[0], missing.partition(" -m ")[2]
    if missing and (
        done.returncode != 1
        or len(lines) != 1
        or f"{what}: run /" not in lines[0]
        or not lines[0].endswith(how)
    ):
        return f"wanted one line with: {missing}; got {lines}"
    if any("not installed: run" in line for line in lines) and (
        done.returncode != 1 or len(lines) != 1
    ):
        return f"wanted what is missing alone on a line; got {lines}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
