# SPDX-License-Identifier: Apache-2.0
import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.errors import StoreError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, SIGNING_PUBLIC, generate, read_secret


def test_the_public_half_belongs_to_the_signing_key(tmp_path: Path) -> None:
    public = generate(tmp_path / "keys")
    signing = Ed25519PrivateKey.from_private_bytes(read_secret(tmp_path / "keys" / SIGNING_KEY))
    assert base64.b64decode(public.read_text()) == signing.public_key().public_bytes_raw()


def test_the_two_secrets_differ_and_so_do_two_boxes(tmp_path: Path) -> None:
    generate(tmp_path / "one")
    generate(tmp_path / "other")
    assert (
        len(
            {
                read_secret(tmp_path / box / name)
                for box in ("one", "other")
                for name in (SIGNING_KEY, NOISE_KEY)
            }
        )
        == 4
    )


def test_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    generate(tmp_path / "keys")
    assert [
        (tmp_path / "keys" / name).stat().st_mode & 0o777 for name in (SIGNING_KEY, NOISE_KEY)
    ] == [0o600, 0o600]
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "keys" / SIGNING_PUBLIC).stat().st_mode & 0o133


@pytest.mark.parametrize("there", [SIGNING_KEY, NOISE_KEY, SIGNING_PUBLIC])
def test_no_key_is_ever_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious")
    with pytest.raises(StoreError, match=f"{there} is there already"):
        generate(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "precious"


def test_a_link_is_not_followed_to_what_it_points_at(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / SIGNING_KEY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        generate(tmp_path / "keys")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "name",
    [
        "file",  # a file is no folder
        "file/keys",  # nor has it any
        "x" * 300,  # a name that no file system takes
    ],
)
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose a folder that this user may write"):
        generate(tmp_path / name)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644])
def test_a_secret_that_others_may_touch_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    generate(tmp_path)
    (tmp_path / NOISE_KEY).chmod(mode)
    with pytest.raises(StoreError, match=f"run: chmod 600 {tmp_path / NOISE_KEY}"):
        read_secret(tmp_path / NOISE_KEY)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "got 0 bytes, wanted 32"),  # empty
        (base64.b64encode(bytes(31)), "got 31 bytes, wanted 32"),  # a byte short
        (base64.b64encode(bytes(33)), "got 33 bytes, wanted 32"),  # a byte long
        (b"not base64!", "no usable key"),  # words
        (b"AAA", "no usable key"),  # cut off
        (b"\xff\xfe", "no usable key"),  # no text
    ],
)
def test_what_is_no_key_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / SIGNING_KEY
    path.write_bytes(raw)
    path.chmod(0o600)
    with pytest.raises(StoreError, match=said) as refused:
        read_secret(path)
    assert "edge-agent keygen" in str(refused.value)


def test_a_missing_secret_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"run: edge-agent keygen {tmp_path}"):
        read_secret(tmp_path / SIGNING_KEY)
