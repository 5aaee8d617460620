# SPDX-License-Identifier: Apache-2.0
"""Tell boxes where their broker is from now on.

A config for each, signed once, handed out over the broker that they have.

Each run makes a certificate for signing configs, signs with it, and forgets its key: no key that
could lead a fleet elsewhere lies anywhere. What was signed is kept in the authority's folder until
it ends, so that each later run of `fusion-service renew` hands it out again.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import files, holders
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.certificates import Issuer
from fusion_service.identity.renewal import NAME, BrokerAddress, look_in, publish_as
from wire_contract.codec import decode, encode, seal, split
from wire_contract.errors import ContractError
from wire_contract.messages.signed_config import VERSION, SignedConfig
from wire_contract.topics import Channel, DeviceTopic

CONFIGS = "configs"
"""The folder with the newest config of each box. Nothing in it is secret."""
BYTES_MAX = 8_192
HALF_BYTES = 32


@dataclass(frozen=True, slots=True)
class Moved:
    """What a run came to: the serial number, and which boxes were told."""

    serial: int
    told: tuple[str, ...]


def move(
    directory: Path,
    old: BrokerAddress,
    new: BrokerAddress,
    *,
    only: Collection[tuple[str, str]] = (),
    days: int,
    now: datetime,
    seen: bool = True,
) -> Moved:
    """Sign a config for each box that has a good certificate, and hand them out.

    Or for those that are named.

    Looks first, unless `seen` is False, whether a broker of this authority is at the new address: a
    slip of the pen would send a fleet there and back. Raises IdentityError and BrokerError.
    """
    opened = Authority(directory)
    boxes = [
        (one.site, one.name) for one in opened.current() if not one.revoked and not one.is_over(now)
    ]
    if unknown := sorted(set(only) - set(boxes)):
        raise IdentityError(
            f"{'/'.join(unknown[0])}: has no certificate of {directory} that is good; see "
            "fusion-service renew"
        )
    if seen:
        look_in(directory, new, now=now)
    serial = max([int(now.timestamp()), *(one.serial + 1 for one in _kept(directory).values())])
    signer, issuer = opened.sign_once(holders.config_signer(serial), days=days, now=now)
    told = {}
    for site, device in sorted(set(only) or boxes):
        config = SignedConfig(
            v=VERSION,
            site=site,
            device=device,
            serial=serial,
            host=new.host,
            port=new.port,
            begins_s=int(now.timestamp()),
            ends_s=int((now + timedelta(days=days)).timestamp()),
            signer=_text(signer.certificate),
            issuer=None if issuer is None else _text(issuer),
        )
        told[site, device] = _sealed(config, signer)
    folder = directory / CONFIGS
    with files.told(folder):
        folder.mkdir(exist_ok=True)
        for (site, device), envelope in told.items():
            files.replace(folder / f"{site}.{device}", envelope)
    publish_as(
        NAME, directory, old, {_topic(*box): envelope for box, envelope in told.items()}, now=now
    )
    return Moved(serial, tuple(f"{site}/{device}" for site, device in told))


def in_force(directory: Path, now: datetime) -> dict[str, bytes]:
    """Return the configs that are not out of date, by topic."""
    folder, found = directory / CONFIGS, _kept(directory)
    good = [box for box, config in found.items() if now.timestamp() < config.ends_s]
    return {_topic(*box): (folder / ".".join(box)).read_bytes() for box in good}


def _kept(directory: Path) -> dict[tuple[str, str], SignedConfig]:
    found = {}
    for path in sorted((directory / CONFIGS).glob("*.*")):
        try:
            config = decode(SignedConfig, split(path.read_bytes()[:BYTES_MAX])[0])
        except (OSError, ContractError) as error:
            raise IdentityError(f"{path}: is no signed config: {error}; delete it") from error
        found[config.site, config.device] = config
    return found


def _topic(site: str, device: str) -> str:
    return DeviceTopic(site, device, Channel.CERTIFICATE).text


def _text(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def _sealed(config: SignedConfig, signer: Issuer) -> bytes:
    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(signer.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(HALF_BYTES, "big") + s.to_bytes(HALF_BYTES, "big")

    return seal(Channel.CERTIFICATE, encode(config), sign)
