# SPDX-License-Identifier: Apache-2.0
"""Who signs: the root, then the first issuing certificate, then the next one."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import authority, files, holders, revocation
from fusion_service.identity.ca.authority import Authority
from tests.fusion_service.identity.old_authority import make_old

NOW = datetime.now(UTC)
PIER = holders.device("beach", "pier-1")
BROKER = holders.broker("mqtt.example", [])
Make = Callable[..., object]


def made(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def put_away(ca: Path, folder: Path) -> Path:
    """Take the root's key away, as onto a medium; return the medium."""
    folder.mkdir()
    (ca / "ca.key").rename(folder / "ca.key")
    return folder


def revoked_by(ca: Path, issuer: x509.Certificate) -> list[int]:
    return [one.serial_number for one in revocation.read(ca / "crl.pem")[revocation.key_of(issuer)]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    make_old(tmp_path / "ca", days=1000, now=NOW)
    return tmp_path / "ca"


def test_an_authority_of_before_goes_on_as_it_is(tmp_path: Path, old: Path) -> None:
    Authority(old).issue(BROKER, out=tmp_path / "out", days=90, now=NOW)
    [shown] = made(tmp_path / "out" / "broker.pem")
    shown.verify_directly_issued_by(files.read_certificate(old / "ca.pem"))
    assert (tmp_path / "out" / "ca.pem").read_bytes() == (old / "ca.pem").read_bytes()
    assert not Authority(old).issuers.issuing


@pytest.mark.parametrize("make", [make_old, authority.make])
def test_who_trusts_nothing_but_the_root_believes_the_chain(tmp_path: Path, make: Make) -> None:
    ca = tmp_path / "ca"
    make(ca, days=1000, now=NOW)
    if make is make_old:
        Authority(ca).add_issuing(days=365, now=NOW)
    Authority(ca).issue(BROKER, out=tmp_path / "out", days=90, now=NOW)
    leaf, issuing = made(tmp_path / "out" / "broker.pem")
    assert (issuing.subject == issuing.issuer) == (make is make_old)
    (tmp_path / "above.pem").write_bytes(files.pem(issuing))
    verify = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        ca / "ca.pem",
    ]
    good = subprocess.run(
        [*verify, "-untrusted", tmp_path / "above.pem", tmp_path / "out" / "broker.pem"],
        check=False,
    )
    assert good.returncode == 0
    alone = subprocess.run(
        [*verify, tmp_path / "out" / "broker.pem"], capture_output=True, check=False
    )
    assert alone.returncode != 0, "the issuing certificate is needed"
    assert leaf.not_valid_after_utc <= issuing.not_valid_after_utc


def test_an_issuing_certificate_signs_no_authority(tmp_path: Path) -> None:
    authority.make(tmp_path / "ca", days=1000, now=NOW)
    [path] = (tmp_path / "ca" / "issuing").glob("*.pem")
    limits = (
        files.read_certificate(path).extensions.get_extension_for_class(x509.BasicConstraints).value
    )
    assert limits.path_length == 0


def test_everything_but_the_next_issuing_certificate_goes_without_the_roots_key(
    tmp_path: Path,
) -> None:
    ca, medium = tmp_path / "ca", tmp_path / "medium"
    authority.make(ca, days=1000, now=NOW, root_folder=medium)
    assert not (ca / "ca.key").exists()
    assert (medium / "ca.key").stat().st_mode & 0o777 == 0o600
    one = Authority(ca)
    one.issue(PIER, out=tmp_path / "pier", days=30, now=NOW)
    with one.passing(PIER, now=NOW):
        pass
    one.renew(one.current()[0], days=30, now=NOW)
    assert one.revoke(PIER, now=NOW) == 3
    with pytest.raises(IdentityError, match="name its folder with --root"):
        one.add_issuing(days=365, now=NOW)
    again = one.add_issuing(days=365, now=NOW + timedelta(days=200), root_folder=medium)
    assert Authority(ca).issuers.signer(NOW).certificate == again.certificate
    assert not (ca / "ca.key").exists()


def test_a_root_put_away_is_not_overwritten_and_nothing_is_made_then(tmp_path: Path) -> None:
    authority.make(tmp_path / "one", days=10, now=NOW, root_folder=tmp_path / "medium")
    key = (tmp_path / "medium" / "ca.key").read_bytes()
    with pytest.raises(IdentityError, match="name an empty folder"):
        authority.make(tmp_path / "two", days=10, now=NOW, root_folder=tmp_path / "medium")
    assert (tmp_path / "medium" / "ca.key").read_bytes() == key
    assert not (tmp_path / "two").exists()


def test_what_the_old_root_signed_needs_its_key_to_be_revoked_and_that_is_said(
    tmp_path: Path, old: Path
) -> None:
    Authority(old).issue(PIER, out=tmp_path / "0", days=30, now=NOW)
    [first] = made(tmp_path / "0" / "device.pem")
    Authority(old).add_issuing(days=365, now=NOW)
    [one] = Authority(old).current()
    assert one.is_due(NOW), "the root is to be relieved of it at once"
    second = Authority(old).renew(one, days=30, now=NOW)
    assert not Authority(old).current()[0].is_due(NOW)
    put_away(old, tmp_path / "medium")
    issuers = Authority(old).issuers
    with pytest.raises(IdentityError, match="1 of its certificates were signed by the root"):
        Authority(old).revoke(PIER, now=NOW)
    assert revoked_by(old, issuers.issuing[0].certificate) == [second.serial_number]
    assert revoked_by(old, issuers.root) == []
    (tmp_path / "medium" / "ca.key").rename(old / "ca.key")
    assert Authority(old).revoke(PIER, now=NOW) == 0
    assert revoked_by(old, issuers.root) == [first.serial_number]


def test_two_issuing_certificates_overlap_each_with_its_own_list(tmp_path: Path, old: Path) -> None:
    one = Authority(old)
    first = one.add_issuing(days=365, now=NOW).certificate
    one.issue(PIER, out=tmp_path / "0", days=30, now=NOW)
    later = NOW + timedelta(days=250)
    second = one.add_issuing(days=365, now=later).certificate
    assert one.issuers.trusted(later) == b"".join(map(files.pem, (one.issuers.root, second, first)))
    one.issue(holders.device("beach", "pier-2"), out=tmp_path / "1", days=30, now=later)
    [new] = made(tmp_path / "1" / "device.pem")
    new.verify_directly_issued_by(second)
    assert one.revoke(holders.device("beach", "pier-2"), now=later) == 1
    assert one.revoke(PIER, now=NOW) == 1
    [before] = made(tmp_path / "0" / "device.pem")
    assert revoked_by(old, first) == [before.serial_number]
    assert revoked_by(old, second) == [new.serial_number]
    over = NOW + timedelta(days=366)
    assert one.issuers.trusted(over) == files.pem(one.issuers.root) + files.pem(second)


def test_a_renewal_ends_with_its_issuer_and_after_that_the_remedy_is_named(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    authority.make(ca, days=1000, now=NOW)
    late = NOW + timedelta(days=350)
    with pytest.raises(IdentityError, match="make another with fusion-service ca issuing"):
        Authority(ca).issue(PIER, out=tmp_path / "out", days=30, now=late)
    Authority(ca).issue(PIER, out=tmp_path / "out", days=10, now=late)
    short = Authority(ca).renew(Authority(ca).current()[0], days=30, now=late)
    assert (
        short.not_valid_after_utc
        == Authority(ca).issuers.issuing[0].certificate.not_valid_after_utc
    )
    with pytest.raises(
        IdentityError, match=r"ended on .*; bring the root's key and run: fusion-service ca issuing"
    ):
        Authority(ca).renew(Authority(ca).current()[0], days=30, now=NOW + timedelta(days=366))
