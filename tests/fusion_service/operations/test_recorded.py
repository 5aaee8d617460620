# SPDX-License-Identifier: Apache-2.0
"""Every verb of the centre, walked.

What may change something is written down, what only reads changes nothing.
"""

import hashlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from fusion_service import cli
from fusion_service.identity.ca import authority
from fusion_service.operations.recorded import ELSEWHERE, READS
from fusion_service.security_log import COMMANDS
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box


def verbs(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every verb that can be run, with its command."""
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
        return
    for name, child in children.items():
        yield from verbs(child, f"{path} {name}".strip())


VERBS = dict(verbs(typer.main.get_command(cli.app)))


class Place:
    """A store with a device, an authority, and a config whose HTTP port is taken."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ca, self.store = folder, folder / "authority", folder / "store"
        self.listener = socket.create_server(("127.0.0.1", 0))
        authority.make(self.ca, days=300, now=datetime.now(UTC))
        self.store.mkdir()
        self.config = folder / "fusion.toml"
        port = self.listener.getsockname()[1]
        self.config.write_text(
            f'[store]\npath = "store/fusion.sqlite"\n[http]\nport = {port}\n[broker]\nport = 1\n'
        )
        with Writer(self.store / "fusion.sqlite", size_mib_max=16, dead_letters_max=10) as writer:
            box = Box()
            writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=0)

    def arguments(self, command: Any) -> list[str]:
        """Return for every argument and option that must be given something of its kind.

        Most verbs refuse that.
        """
        given: list[str] = []
        for one in command.params:
            value = {
                "ca": self.ca,
                "config": self.config,
                "directory": self.ca,
                "out": self.folder / "out",
                "name": "beach/pier-1",
                "broker": "127.0.0.1:1",
            }.get(one.name, self.folder / "none")
            if one.param_type_name == "argument":
                given.append(str(value))
            elif one.required:
                given += [one.opts[0], str(value)]
        return given

    def run(self, verb: str) -> int:
        with pytest.raises(SystemExit) as ended:
            cli.main([*verb.split(), *self.arguments(VERBS[verb])])
        return int(ended.value.code or 0)

    def lines(self) -> list[dict[str, str]]:
        paths = (folder / COMMANDS for folder in (self.ca, self.store))
        return [
            json.loads(line)
            for path in paths
            if path.exists()
            for line in path.read_text("ascii").splitlines()
        ]

    def contents(self) -> dict[str, str]:
        """Return the hash of every file; what a reader of a store leaves beside it is none."""
        paths = (
            path
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        )
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    with made.listener:
        yield made


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - READS - ELSEWHERE))
def test_a_verb_that_may_change_something_writes_down_its_begin_and_its_end(
    verb: str, place: Place
) -> None:
    place.run(verb)
    lines = [line for line in place.lines() if line["action"] == verb]
    assert [line["result"] for line in lines][:1] == ["begun"]
    assert lines[-1]["result"] in {"done", "refused"}
    for line in lines:
        assert line["time"]
        assert line["object"]
        assert line["origin"]
        assert line["actor"]


@pytest.mark.parametrize("verb", sorted(READS & VERBS.keys()))
def test_a_verb_that_only_reads_changes_nothing_and_writes_nothing(verb: str, place: Place) -> None:
    before = place.contents()
    place.run(verb)
    assert place.contents() == before


def test_every_verb_that_is_said_to_read_exists() -> None:
    assert READS - VERBS.keys() == set()


def test_what_was_done_and_what_was_refused_are_told_apart(place: Place) -> None:
    ca = str(place.ca)
    with pytest.raises(SystemExit):
        cli.main(
            [
                "ca",
                "client",
                "fusion",
                "--ca",
                ca,
                "--out",
                str(place.folder / "fusion"),
                "--days",
                "20",
            ]
        )
    with pytest.raises(SystemExit):
        cli.main(["device", "revoke", "beach/pier-9", "--ca", ca])
    done, refused = (line for line in place.lines() if line["result"] != "begun")
    assert (done["action"], done["object"], done["result"]) == ("ca client", "fusion", "done")
    assert "--days 20" in done["detail"]
    assert (refused["action"], refused["object"], refused["result"]) == (
        "device revoke",
        "beach/pier-9",
        "refused",
    )
    assert "nothing was issued" in refused["detail"]


def test_an_authority_can_be_made_in_an_empty_folder_and_its_making_stands_in_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "ca").mkdir()
    with pytest.raises(SystemExit) as ended:
        cli.main(["ca", "init", str(tmp_path / "ca")])
    assert not ended.value.code
    assert '"action": "ca init"' in (tmp_path / "ca" / COMMANDS).read_text()


def test_no_secret_of_a_token_stands_in_the_log(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["enrol-token", "beach/pier-1", "--ca", str(place.ca)])
    token = capsys.readouterr().out.strip()
    secret = max(
        (part for part in token.replace(":", " ").replace("/", " ").replace(".", " ").split()),
        key=len,
    )
    assert len(secret) >= 30
    assert secret not in (place.ca / COMMANDS).read_text()
    assert (place.ca / COMMANDS).stat().st_mode & 0o077 == 0
