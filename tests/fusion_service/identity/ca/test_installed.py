# SPDX-License-Identifier: Apache-2.0
"""Certificates are renewed where they lie.

For the same key and names, whole, and only this authority's own.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from fusion_service.errors import IdentityError
from fusion_service.identity.ca import authority, files, holders
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.installed import renew_installed
from tests.fusion_service.identity.old_authority import make_old

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=61)


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    authority.make(tmp_path / "ca", days=1000, now=NOW)
    return tmp_path / "ca"


def server(ca: Path, out: Path) -> Path:
    Authority(ca).issue(holders.broker("mqtt.example", ["192.0.2.1"]), out=out, days=90, now=NOW)
    return out / "broker.pem"


def test_what_has_a_third_left_is_renewed_for_its_key_and_names_and_keeps_its_mode(
    tmp_path: Path, ca: Path
) -> None:
    path = server(ca, tmp_path / "out")
    path.chmod(0o640)
    key, before = (tmp_path / "out" / "broker.key").read_bytes(), path.read_bytes()
    good = renew_installed(Authority(ca), path, days=90, now=NOW + timedelta(days=59))
    assert (good.renewed, good.changed, path.read_bytes()) == (False, False, before)
    done = renew_installed(Authority(ca), path, days=90, now=LATER)
    assert (done.renewed, done.changed, done.name) == (True, True, "broker")
    old = x509.load_pem_x509_certificate(before)
    new, above = x509.load_pem_x509_certificates(path.read_bytes())
    assert new.public_key() == old.public_key()
    assert [
        each.value
        for each in new.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ] == [
        each.value
        for each in old.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ]
    assert new.not_valid_after_utc == done.ends > old.not_valid_after_utc
    new.verify_directly_issued_by(above)
    assert path.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "out" / "broker.key").read_bytes() == key
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "broker.key",
        "broker.pem",
        "ca.pem",
        "crl.pem",
    ]


def test_a_program_of_the_centre_is_renewed_too_and_a_box_is_not(tmp_path: Path, ca: Path) -> None:
    Authority(ca).issue(holders.client("fusion"), out=tmp_path / "fusion", days=90, now=NOW)
    assert renew_installed(
        Authority(ca), tmp_path / "fusion" / "fusion.pem", days=90, now=LATER
    ).renewed
    assert (
        len(x509.load_pem_x509_certificates((tmp_path / "fusion" / "fusion.pem").read_bytes())) == 2
    )
    Authority(ca).issue(holders.device("beach", "pier-1"), out=tmp_path / "box", days=30, now=NOW)
    with pytest.raises(IdentityError, match="is of the box beach/pier-1; fusion-service renew"):
        renew_installed(Authority(ca), tmp_path / "box" / "device.pem", days=90, now=LATER)


def test_once_there_is_an_issuing_certificate_a_server_moves_to_it_at_once(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    make_old(ca, days=1000, now=NOW)
    path = server(ca, tmp_path / "out")
    assert not renew_installed(Authority(ca), path, days=90, now=NOW).renewed
    Authority(ca).add_issuing(days=365, now=NOW)
    assert renew_installed(Authority(ca), path, days=90, now=NOW).renewed
    trusted = x509.load_pem_x509_certificates((tmp_path / "out" / "ca.pem").read_bytes())
    assert trusted == [Authority(ca).issuers.root, Authority(ca).issuers.issuing[0].certificate]
    assert (tmp_path / "out" / "crl.pem").read_bytes() == (ca / "crl.pem").read_bytes()


def test_a_new_revocation_list_is_put_beside_a_server_that_is_not_due(
    tmp_path: Path, ca: Path
) -> None:
    path = server(ca, tmp_path / "out")
    Authority(ca).issue(holders.client("monitor"), out=tmp_path / "monitor", days=90, now=NOW)
    Authority(ca).revoke(holders.client("monitor"), now=NOW)
    done = renew_installed(Authority(ca), path, days=90, now=NOW)
    assert (done.renewed, done.changed) == (False, True)
    assert (tmp_path / "out" / "crl.pem").read_bytes() == (ca / "crl.pem").read_bytes()


def test_what_is_anothers_revoked_or_none_is_refused_and_left(tmp_path: Path, ca: Path) -> None:
    authority.make(tmp_path / "other", days=1000, now=NOW)
    foreign = server(tmp_path / "other", tmp_path / "theirs")
    with pytest.raises(IdentityError, match="was not made by"):
        renew_installed(Authority(ca), foreign, days=90, now=LATER)
    Authority(ca).issue(holders.client("fusion"), out=tmp_path / "fusion", days=90, now=NOW)
    Authority(ca).revoke(holders.client("fusion"), now=NOW)
    with pytest.raises(IdentityError, match="was revoked"):
        renew_installed(Authority(ca), tmp_path / "fusion" / "fusion.pem", days=90, now=LATER)
    (tmp_path / "none.pem").write_text("none")
    with pytest.raises(IdentityError, match="is no certificate"):
        renew_installed(Authority(ca), tmp_path / "none.pem", days=90, now=LATER)
    assert files.read_certificate(foreign).not_valid_after_utc < LATER + timedelta(days=30)
