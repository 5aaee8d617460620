# SPDX-License-Identifier: Apache-2.0
"""Which certificate is shown.

Real keys and certificates, files as they are left by whatever happens.
"""

import shutil
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge_agent.errors import LinkError
from edge_agent.uplink.certificates import RENEWED, Certificates
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.holders import Current
from tests.fusion_service.identity.secure_broker import A, B, Identities, now

EARLIER = now() - timedelta(days=20)


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


def made(identities: Identities, folder: Path) -> tuple[Certificates, Path]:
    """Return a box's certificates and the folder that it was enrolled into, twenty days ago."""
    enrolled = identities.device(*A, at=EARLIER)
    folder.mkdir(exist_ok=True)
    return opened(enrolled, folder), enrolled


def opened(enrolled: Path, folder: Path) -> Certificates:
    files = {"ca_path": "ca.pem", "certificate_path": "device.pem", "key_path": "device.key"}
    return Certificates(
        **{name: str(enrolled / file) for name, file in files.items()}, folder=folder
    )


def renewal(identities: Identities, *, days: int = 30, of: tuple[str, str] = A) -> bytes:
    """Return a new certificate for the key that the box has, DER."""
    [current] = [one for one in identities.authority.current() if (one.site, one.name) == of]
    return identities.authority.renew(current, days=days, now=now()).public_bytes(Encoding.DER)


def shown(certificates: Certificates) -> bytes:
    certificates.context()
    return ssl.PEM_cert_to_DER_cert(certificates.shown.read_text())


def test_a_renewed_certificate_is_shown_from_then_on_and_after_a_restart(
    identities: Identities, tmp_path: Path
) -> None:
    certificates, enrolled = made(identities, tmp_path / "outbox")
    assert certificates.shown == enrolled / "device.pem"
    for turn in range(5):
        der = renewal(identities, days=30 + turn)
        assert certificates.accept(der)
        assert shown(certificates) == shown(opened(enrolled, tmp_path / "outbox")) == der
        assert not certificates.accept(der), "what is known is no news"
    ends = x509.load_der_x509_certificate(der).not_valid_after_utc
    assert certificates.ends_s() == int(ends.timestamp())
    assert {path.name for path in (tmp_path / "outbox").iterdir()} == set(RENEWED), (
        "two files, however often"
    )


def test_one_for_another_key_or_none_at_all_changes_nothing(
    identities: Identities, tmp_path: Path
) -> None:
    certificates, enrolled = made(identities, tmp_path / "outbox")
    identities.device(*B)
    for der in (renewal(identities, of=B), b"", b"junk", renewal(identities, of=B)[:-9]):
        with pytest.raises(LinkError, match="not for this box"):
            certificates.accept(der)
        assert not certificates.accept(der) or der == b"", "told once"
    assert certificates.shown == enrolled / "device.pem"
    assert list((tmp_path / "outbox").iterdir()) == []


def test_an_older_one_does_not_take_the_place_of_a_newer(
    identities: Identities, tmp_path: Path
) -> None:
    certificates, _ = made(identities, tmp_path / "outbox")
    assert certificates.accept(renewal(identities, days=30))
    newer = shown(certificates)
    assert not certificates.accept(renewal(identities, days=20))
    assert shown(certificates) == newer


def test_one_with_which_nobody_is_let_in_gives_way_to_the_one_before(
    identities: Identities, tmp_path: Path
) -> None:
    certificates, enrolled = made(identities, tmp_path / "outbox")
    assert not certificates.refused(), "there is no other one yet"
    good = renewal(identities, days=30)
    assert certificates.accept(good)
    # Another authority's, for our key: it fits, and no broker of ours believes it.
    rogue = Identities(tmp_path / "rogue").ca
    request = x509.load_pem_x509_certificate((enrolled / "device.pem").read_bytes())
    forged = (
        Authority(rogue)
        .renew(Current(*A, request, revoked=False), days=60, now=now())
        .public_bytes(Encoding.DER)
    )
    assert certificates.accept(forged)
    assert shown(certificates) == forged
    assert certificates.refused()
    assert shown(certificates) == good
    assert not certificates.accept(forged)
    # Where none is let in, each is tried again in its turn: a broker may be ill too.
    seen = set()
    for _ in range(6):
        seen.add(shown(certificates))
        certificates.refused()
    assert len(seen) == 3


def test_a_file_half_written_by_a_power_cut_costs_nothing(
    identities: Identities, tmp_path: Path
) -> None:
    certificates, enrolled = made(identities, tmp_path / "outbox")
    certificates.accept(renewal(identities, days=30))
    kept = shown(certificates)
    certificates.accept(renewal(identities, days=31))
    newest = certificates.shown
    whole = newest.read_bytes()
    for size in (0, 1, 100, len(whole) - 30):
        newest.write_bytes(whole[:size])
        assert shown(opened(enrolled, tmp_path / "outbox")) == kept
    shutil.rmtree(tmp_path / "outbox")
    assert shown(opened(enrolled, tmp_path / "outbox")) == ssl.PEM_cert_to_DER_cert(
        (enrolled / "device.pem").read_text()
    )


def test_enrolled_files_that_do_not_belong_together_are_told_at_the_start(
    identities: Identities, tmp_path: Path
) -> None:
    _, enrolled = made(identities, tmp_path / "outbox")
    shutil.copy(identities.device(*B) / "device.key", enrolled / "device.key")
    with pytest.raises(LinkError, match="check each path and pair"):
        opened(enrolled, tmp_path / "outbox")
