# SPDX-License-Identifier: Apache-2.0
"""Opening a store, enrolling devices, and what holds of the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fusion_service.errors import DeviceError, StoreError
from fusion_service.store.sqlite.schema.tables import SCHEMA_VERSION
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box


def opened(path: Path) -> Writer:
    return Writer(path, size_mib_max=16, dead_letters_max=10)


def test_commits_are_on_disk_before_they_count(tmp_path: Path) -> None:
    with opened(tmp_path / "fusion.sqlite") as store:
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_store_is_found_again(tmp_path: Path) -> None:
    box = Box()
    with opened(tmp_path / "fusion.sqlite") as store:
        assert store.add_device("beach", "pier-1", box.public_key, test_site=True, added_ms=1)
    with opened(tmp_path / "fusion.sqlite") as store:
        device = store.registry().find("beach", "pier-1")
        assert device is not None
        assert device.test_site
        assert device.verify(b"bytes", box.key.sign(b"bytes"))
        assert not device.verify(b"bytes", bytes(64))


def test_enrolling_again_changes_nothing_and_another_key_or_flag_is_refused(tmp_path: Path) -> None:
    box = Box()
    with opened(tmp_path / "fusion.sqlite") as store:
        store.add_device("beach", "pier-1", box.public_key, test_site=False, added_ms=1)
        assert not store.add_device("beach", "pier-1", box.public_key, test_site=False, added_ms=2)
        with pytest.raises(DeviceError, match="another key"):
            store.add_device("beach", "pier-1", Box().public_key, test_site=False, added_ms=2)
        with pytest.raises(DeviceError, match="not a test site"):
            store.add_device("beach", "pier-2", Box().public_key, test_site=True, added_ms=2)
        assert len(store.registry().devices) == 1


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")


def newer(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def text(path: Path) -> None:
    path.write_text("not a database, and long enough to be told from an empty one\n" * 20)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "got application 0x0"),  # another program's database
        (newer, f"version {SCHEMA_VERSION + 1}"),  # a later release's
        (text, "SQLITE_NOTADB"),  # no database
        (folder, "SQLITE_CANTOPEN"),  # no file
    ],
)
def test_what_is_not_our_store_is_named_and_left_alone(
    tmp_path: Path, make: object, words: str
) -> None:
    path = tmp_path / "fusion.sqlite"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=words) as caught:
        opened(path)
    assert str(path) in str(caught.value)
    assert path.is_dir() or path.read_bytes() == before


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make the folder"):
        opened(tmp_path / "nowhere" / "fusion.sqlite")
