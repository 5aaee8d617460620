# SPDX-License-Identifier: Apache-2.0
"""The enrolled devices, frozen. Who is not in here is unknown, whatever it signs.

Signatures are checked by libsodium: half the time of OpenSSL's check, other threads run meanwhile,
and it refuses keys and signatures that are not in their one form. It is loaded where a key is: the
command line speaks without it.
"""

import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from fusion_service.errors import DeviceError

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

RegistryVersion = tuple[int, int]
"""Tells one state of the registry from another: how often a device has changed, and the newest
device's row."""
NO_DEVICES: RegistryVersion = (0, 0)
PUBLIC_KEY_BYTES = 32
KEY_FILE_BYTES_MAX = 256
"""44 characters of base64 and a line end; more is another file."""


@dataclass(frozen=True, slots=True)
class FormerKey:
    """The key of a box that was replaced.

    It signs for windows that ended by `until_ms`, or, refused, for none.
    """

    id: int
    public_key: "VerifyKey"
    until_ms: int
    refused: bool

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Say whether this key signed these bytes."""
        return _is_signed(self.public_key, signed, signature)


@dataclass(frozen=True, slots=True)
class Device:
    """One enrolled box.

    `id` is the store's row; the key is prepared once, because every message is checked with it.

    former_names says of each name that the device had whether it may still speak under it: it was
    not heard under its own since.
    """

    id: int
    site: str
    name: str
    public_key: "VerifyKey"
    test_site: bool
    lost: bool = False
    retired: bool = False
    former_keys: tuple[FormerKey, ...] = ()
    former_names: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Say whether this device signed these bytes."""
        return _is_signed(self.public_key, signed, signature)

    def is_called(self, site: str, name: str) -> bool:
        """Say whether this is its name, or was one."""
        return (site, name) == (self.site, self.name) or (site, name) in self.former_names


@dataclass(frozen=True, slots=True)
class Registry:
    """Every device by site and name, and by those that it had."""

    devices: Mapping[tuple[str, str], Device]

    @classmethod
    def of(cls, devices: Iterable[Device]) -> Self:
        """Freeze the devices into a registry."""
        found = {
            name: device
            for device in devices
            for name in (*device.former_names, (device.site, device.name))
        }
        return cls(MappingProxyType(found))

    def find(self, site: str, device: str) -> Device | None:
        """Return the device, or None where it was never enrolled."""
        return self.devices.get((site, device))


def public_key(raw: bytes) -> "VerifyKey":
    """Prepare a key from its 32 raw bytes. Raises DeviceError for any other length."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415 - see the module
    from nacl.signing import VerifyKey  # noqa: PLC0415 - see the module

    try:
        return VerifyKey(raw)
    except CryptoError as error:
        raise DeviceError(f"public key: got {len(raw)} bytes, wanted {PUBLIC_KEY_BYTES}") from error


def read_public_key(path: Path) -> bytes:
    """Read a key file, as `edge-agent keygen` writes `signing.pub`.

    It is base64 of 32 raw bytes on one line.
    """
    try:
        with path.open("rb") as file:
            text = file.read(KEY_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise DeviceError(
            f"{path}: cannot be read: {error.strerror}; name the box's signing.pub"
        ) from error
    try:
        raw = binascii.a2b_base64(text.strip(), strict_mode=True)
    except binascii.Error:
        raw = b""
    if len(raw) != PUBLIC_KEY_BYTES or len(text) > KEY_FILE_BYTES_MAX:
        raise DeviceError(
            f"{path}: got {len(text)} bytes that are not a public key, wanted base64 of "
            f"{PUBLIC_KEY_BYTES} raw bytes on one line; name the signing.pub that edge-agent "
            "keygen wrote"
        )
    return raw


def _is_signed(key: "VerifyKey", signed: bytes, signature: bytes) -> bool:
    from nacl.exceptions import CryptoError  # noqa: PLC0415 - see the module

    try:
        key.verify(signed, signature)
    except CryptoError:
        return False
    return True
