# SPDX-License-Identifier: Apache-2.0
"""A name that is erased is gone: from the API, from what is printed, and from a copy put back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fusion_service.errors import StoreError
from fusion_service.ledger.access_log import Action, Draft, Outcome, fault_of_chain
from fusion_service.security_log import own_actor
from fusion_service.store.access import Place
from fusion_service.store.sqlite.access import erasures
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.upkeep.backup import backup, restore
from tests.broker import Broker
from tests.fusion_service.access.people import Browser, Centre, add_key, add_person, run
from tests.fusion_service.centre import ReadyCentre

NAME = "Ongebruikelijk-Achternaam"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("erasing")
    with (
        Broker(folder / "broker") as broker,
        ReadyCentre(folder / "centre", broker.port) as running,
    ):
        yield running


def keep_comment(path: Path, comment: str) -> None:
    with AccessFile(path, size_mib_max=64) as keeper:
        draft = Draft(
            1_800_000_000_000,
            "somebody",
            Action.DRAW,
            Outcome.DONE,
            "beach",
            "police",
            (("comment", comment), ("peer", "10.0.0.1")),
        )
        keeper.append([draft])


def fault(path: Path) -> str | None:
    with AccessFile(path, size_mib_max=64) as keeper:
        return fault_of_chain(keeper.whole_log())


def test_a_name_in_a_comment_is_gone_from_everywhere_and_the_chain_stands(
    centre: Centre, tmp_path: Path
) -> None:
    keep_comment(centre.store, f"asked by {NAME}, at the gate")
    old = tmp_path / "copies" / "old.sqlite"
    old.parent.mkdir()
    run(centre, "store", "backup", "--out", str(old))
    reader = Browser(centre, key=(centre.folder / "local.key").read_text().strip())
    assert NAME in reader.get("/v1/access/entries").text
    assert NAME in run(centre, "access", "log")
    assert NAME.encode() in old.read_bytes()

    assert "1 texts" in run(centre, "access", "erase", "--containing", typed=f"{NAME.upper()}\n")

    answer = reader.get("/v1/access/entries").said["items"]
    assert NAME not in str(answer)
    (comment,) = [text for entry in answer for text in entry["texts"] if text["field"] == "comment"]
    assert comment["content"] is None
    assert comment["erased_at"].startswith("20")
    assert comment["erased_by"] == own_actor()
    printed = run(centre, "access", "log", "--json") + run(centre, "access", "log")
    assert NAME not in printed
    assert f"by {own_actor()}" in printed
    for file in centre.folder.iterdir():
        if file.is_file():
            assert NAME.encode() not in file.read_bytes(), file
    later = tmp_path / "copies" / "later.sqlite"
    run(centre, "store", "backup", "--out", str(later))  # carries the list to the folder of copies

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    restore(old, elsewhere / "fusion.sqlite")
    assert NAME.encode() not in (elsewhere / "fusion.sqlite").read_bytes()
    assert fault(elsewhere / "fusion.sqlite") is None
    with closing(sqlite3.connect(elsewhere / "fusion.sqlite")) as store:
        query = "SELECT content, salt, erased_by FROM access_text WHERE field = 'comment'"
        assert store.execute(query).fetchall() == [(None, None, own_actor())]


def test_a_copy_that_is_laid_back_by_hand_forgets_when_it_is_opened(tmp_path: Path) -> None:
    path, copy = tmp_path / "fusion.sqlite", tmp_path / "copies" / "copy.sqlite"
    copy.parent.mkdir()
    keep_comment(path, NAME)
    backup(path, copy)
    with AccessFile(path, size_mib_max=64) as keeper:
        assert keeper.erase_texts(Place(entry_id=1, field="comment"), at_ms=5, by="root") == 1
    path.unlink()
    copy.rename(path)
    assert fault(path) is None
    assert NAME.encode() not in path.read_bytes()


def test_a_person_is_erased_by_name_everywhere_and_their_entries_stay(
    centre: Centre, tmp_path: Path
) -> None:
    person, browser = add_person(centre, "jan.jansen", "viewer"), Browser(centre)
    assert browser.log_in_as(person).status == 200
    copy = tmp_path / "copy.sqlite"
    run(centre, "store", "backup", "--out", str(copy))
    keep_comment(centre.store, "Jan.Jansen called")
    before = len(run(centre, "access", "log").splitlines())
    run(centre, "access", "erase", "--person", "jan.jansen")
    assert browser.get("/v1/session").status == 401
    listed = run(centre, "person", "list") + run(centre, "access", "log")
    assert "jansen" not in listed.lower()
    assert len(run(centre, "access", "log").splitlines()) == before + 1
    for file in centre.folder.iterdir():
        if file.is_file():
            assert b"jan.jansen" not in file.read_bytes().lower(), file
    assert "is whole" not in run(centre, "access", "log")  # said on stderr
    target = tmp_path / "back"
    target.mkdir()
    erasures.carry(centre.store, copy)
    restore(copy, target / "fusion.sqlite")
    assert b"jan.jansen" not in (target / "fusion.sqlite").read_bytes()
    assert fault(target / "fusion.sqlite") is None


def test_a_restore_brings_back_no_revoked_key_no_disabled_person_and_no_session(
    tmp_path: Path, centre: Centre
) -> None:
    add_person(centre, "left", "viewer")
    browser = Browser(centre)
    assert browser.log_in_as(add_person(centre, "stays", "viewer")).status == 200
    add_key(centre, "stolen", "viewer")
    copy = tmp_path / "copy.sqlite"
    run(centre, "store", "backup", "--out", str(copy))
    run(centre, "key", "revoke", "stolen")
    run(centre, "person", "disable", "left")
    run(centre, "store", "backup", "--out", str(tmp_path / "next.sqlite"))
    target = tmp_path / "back"
    target.mkdir()
    restore(copy, target / "fusion.sqlite")
    with AccessFile(target / "fusion.sqlite", size_mib_max=64) as keeper:
        states = {row.name: row.revoked_ms is not None for row in keeper.all_keys()}
        assert states["stolen"]
        assert keeper.person("left") is None
        assert keeper.person("stays") is not None
    with closing(sqlite3.connect(target / "fusion.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM session").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE access_entry SET action = 'log out' WHERE id = 2", "entry 2 was changed"),
        ("UPDATE access_text SET content = 'x' WHERE entry_id = 2", "comment was changed"),
        (
            "UPDATE access_text SET commitment = zeroblob(32) WHERE entry_id=2 AND field='peer'",
            "entry 2 was changed",
        ),
        (
            "UPDATE access_text SET content = NULL WHERE entry_id = 2 AND field = 'comment'",
            "without a tombstone",
        ),
        ("DELETE FROM access_text WHERE entry_id = 2", "entry 2 was changed"),
        (
            "DELETE FROM access_text WHERE entry_id = 2; DELETE FROM access_entry WHERE id = 2",
            "entry 2 is missing",
        ),
    ],
)
def test_what_was_changed_by_hand_shows(tmp_path: Path, change: str, said: str) -> None:
    path = tmp_path / "fusion.sqlite"
    for number in range(3):
        keep_comment(path, f"comment {number}")
    assert fault(path) is None
    with closing(sqlite3.connect(path)) as store:
        store.executescript(change)
    assert said in (fault(path) or "")


def test_texts_go_when_their_time_is_over_and_entries_stay(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    keep_comment(path, "old")
    three_years_ms = 1_096 * 86_400_000
    with AccessFile(path, size_mib_max=64) as keeper:
        assert keeper.expire(1_800_000_000_000 + three_years_ms - 2 * 86_400_000) == 0
        assert keeper.expire(1_800_000_000_000 + three_years_ms) == 2
        (entry,) = keeper.entries(before_id=2**53, limit=10)
        assert [(one.content, one.erased_by) for one in entry.texts] == [(None, "retention")] * 2
        assert fault_of_chain(keeper.whole_log()) is None


def test_a_damaged_list_is_told_and_a_last_line_that_was_cut_is_healed(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    keep_comment(path, NAME)
    listed = tmp_path / erasures.NAME
    listed.write_text('{"kind": "text", "id": "')
    with AccessFile(path, size_mib_max=64) as keeper:
        assert keeper.erase_texts(Place(entry_id=1), at_ms=5, by="root") == 2
    assert len(erasures.read(listed)) == 2
    listed.write_text("nonsense\n")
    with pytest.raises(StoreError, match="may bring back what was erased"):
        AccessFile(path, size_mib_max=64)
