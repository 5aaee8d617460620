# SPDX-License-Identifier: Apache-2.0
"""Files that only their owner may read.

Made so, mended where they are not, refused where that cannot be.
"""

import base64
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fusion_service.config import BrokerConfig
from fusion_service.errors import StoreError
from fusion_service.identity.ca import authority, holders
from fusion_service.identity.tokens import TOKENS, Tokens
from fusion_service.ingest.mqtt.own_certificate import tls_of
from fusion_service.private_file import keep_private
from fusion_service.store.sqlite.upkeep.backup import backup, restore
from fusion_service.store.sqlite.writer import Writer

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has files of other users")


def modes(*paths: Path) -> set[str]:
    return {f"{path.stat().st_mode & 0o777:o}" for path in paths}


def writer(path: Path) -> Writer:
    return Writer(path, size_mib_max=16, dead_letters_max=10)


def test_a_new_store_and_all_beside_it_are_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o000)
    try:
        with writer(tmp_path / "fusion.sqlite"):
            backup(tmp_path / "fusion.sqlite", tmp_path / "copy.sqlite")
            restore(tmp_path / "copy.sqlite", tmp_path / "again.sqlite")
            found = sorted(path.name for path in tmp_path.iterdir())
            assert {"fusion.sqlite", "fusion.sqlite-wal", "copy.sqlite", "again.sqlite"} <= set(
                found
            )
            assert modes(*tmp_path.iterdir()) == {"600"}
    finally:
        os.umask(before)


def test_a_store_of_before_that_others_could_read_is_closed_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "fusion.sqlite"
    writer(path).close()
    path.chmod(0o644)
    with writer(path):
        assert modes(*tmp_path.iterdir()) == {"600"}
    assert "others could open it (mode 0644); closed" in caplog.text


@needs_root
def test_a_store_of_another_user_that_stands_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    writer(path).close()
    path.chmod(0o666)
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    program = (
        "import os, sys; from pathlib import Path; from fusion_service.errors import StoreError\n"
        "from fusion_service.private_file import keep_private\n"
        "os.setuid(65_534); keep_private(Path(sys.argv[1]), error=StoreError)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, path],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert f"as its owner: chmod 600 {path}" in ended.stderr
    assert modes(path) == {"666"}


def test_a_file_that_is_not_there_is_let_be(tmp_path: Path) -> None:
    keep_private(tmp_path / "none", error=StoreError)


def test_tokens_that_others_could_read_are_closed(tmp_path: Path) -> None:
    authority.make(tmp_path / "ca", days=300, now=datetime.now(UTC))
    path, tokens = tmp_path / "ca" / TOKENS, Tokens(tmp_path / "ca")
    path.touch()
    path.chmod(0o664)
    tokens.make(
        "beach", "pier-1", test_site=False, good_for=timedelta(hours=1), now=datetime.now(UTC)
    )
    assert modes(path) == {"600"}


def test_the_centres_key_is_closed_before_it_is_used(tmp_path: Path) -> None:
    authority.make(tmp_path / "ca", days=300, now=datetime.now(UTC))
    out = tmp_path / "fusion"
    authority.Authority(tmp_path / "ca").issue(
        holders.client("fusion"), out=out, days=9, now=datetime.now(UTC)
    )
    (out / "fusion.key").chmod(0o644)
    tls_of(BrokerConfig(ca=out / "ca.pem", certificate=out / "fusion.pem", key=out / "fusion.key"))
    assert modes(out / "fusion.key") == {"600"}


@needs_root
def test_what_root_makes_for_a_service_belongs_to_the_service(tmp_path: Path) -> None:
    # An operator types as root; the service, as its own user, must go on with what that left
    # behind.
    ca, store = tmp_path / "ca", tmp_path / "store"
    for path in (store, ca):
        path.mkdir(mode=0o700)
        os.chown(path, 65_534, 65_534)
    authority.make(ca, days=300, now=datetime.now(UTC))
    opened, now = authority.Authority(ca), datetime.now(UTC)
    csr = tmp_path / "device.csr"
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    make = [
        "openssl",
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/",
    ]
    subprocess.run(
        [*make, "-keyout", str(tmp_path / "device.key"), "-out", str(csr)],
        check=True,
        capture_output=True,
    )
    opened.issue(
        holders.device("beach", "pier-1"), out=tmp_path / "out", days=9, now=now, request=csr
    )
    opened.revoke(holders.device("beach", "pier-1"), now=now)
    opened.add_issuing(days=100, now=now)
    Tokens(ca).make("beach", "pier-1", test_site=False, good_for=timedelta(hours=1), now=now)
    with writer(store / "fusion.sqlite") as opened_store:
        opened_store.add_device(
            "beach", "pier-1", base64.b64decode("A" * 43 + "="), test_site=False, added_ms=0
        )
        backup(store / "fusion.sqlite", store / "copy.sqlite")
        owners = {
            str(path): path.stat().st_uid
            for folder in (ca, store)
            for path in (folder, *folder.rglob("*"))
        }
    assert {path for path, uid in owners.items() if uid != 65_534} == set()
