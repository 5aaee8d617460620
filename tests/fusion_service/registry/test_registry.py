# SPDX-License-Identifier: Apache-2.0
"""Who is known, and by which key."""

from pathlib import Path

import pytest

from fusion_service.errors import DeviceError
from fusion_service.registry.registry import Device, Registry, public_key, read_public_key
from tests.fusion_service.box import Box


def test_a_device_is_found_by_site_and_name_only() -> None:
    device = Device(1, "beach", "pier-1", public_key(Box().public_key), test_site=False)
    registry = Registry.of([device])
    assert registry.find("beach", "pier-1") is device
    assert registry.find("lab", "pier-1") is None
    assert registry.find("beach", "pier-2") is None


def test_a_registry_cannot_be_changed() -> None:
    registry = Registry.of([])
    with pytest.raises(TypeError):
        registry.devices["beach", "pier-1"] = None  # type: ignore[index]  # what must not work


def test_only_the_device_itself_signs_for_it() -> None:
    box = Box()
    device = Device(1, "beach", "pier-1", public_key(box.public_key), test_site=False)
    assert device.verify(b"bytes", box.key.sign(b"bytes"))
    assert not device.verify(b"bytes", Box().key.sign(b"bytes"))
    assert not device.verify(b"other", box.key.sign(b"bytes"))
    assert not device.verify(b"bytes", b"short")


def test_a_key_file_is_read_as_the_box_writes_it(tmp_path: Path) -> None:
    box = Box()
    assert read_public_key(box.write_public_key(tmp_path)) == box.public_key


@pytest.mark.parametrize(
    "content",
    [
        b"",  # empty
        b"AAAA\n",  # too short
        b"not base64, but as long as a key would be..\n",  # not base64
        b"-----BEGIN PUBLIC KEY-----\n",  # another format
        b"A" * 4096,  # another file
        b"\xff" * 44,  # not text
    ],
)
def test_a_file_that_is_no_public_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.pub"
    path.write_bytes(content)
    with pytest.raises(DeviceError) as caught:
        read_public_key(path)
    assert str(caught.value).startswith(
        f"{path}: got {min(len(content), 257)} bytes that are not a public key"
    )


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"signing\.pub: cannot be read: No such file"):
        read_public_key(tmp_path / "signing.pub")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(DeviceError, match="got 31 bytes, wanted 32"):
        public_key(bytes(31))
