# SPDX-License-Identifier: Apache-2.0
"""The authority's folder, what it hands out, and what it will not do."""

import json
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fusion_service.errors import IdentityError
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import authority, holders, revocation
from fusion_service.identity.ca.authority import Authority
from fusion_service.identity.ca.holders import Holder, Receipt
from fusion_service.identity.ca.requests import REQUEST_ADVICE
from fusion_service.identity.issued import Kind, Register, RegisterLine

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
PIER = holders.device("beach", "pier-1")


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    authority.make(tmp_path / "ca", days=365, now=NOW)
    return tmp_path / "ca"


def issue(
    ca: Path,
    holder: Holder,
    out: Path,
    *,
    days: int = 30,
    request: Path | None = None,
    now: datetime = NOW,
) -> Receipt:
    return Authority(ca).issue(holder, out=out, days=days, now=now, request=request)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def issuing(ca: Path) -> x509.Certificate:
    """Return the one issuing certificate of a folder."""
    [path] = (ca / "issuing").glob("*.pem")
    return certificate(path)


def entries(ca: Path) -> list[RegisterLine]:
    """Return the lines of a register but those of issuing certificates."""
    return [
        entry
        for entry in Register(ca / "register.jsonl").entries()
        if entry.kind is not Kind.ISSUING
    ]


def lists(ca: Path) -> dict[bytes, x509.CertificateRevocationList]:
    return revocation.read(ca / "crl.pem")


def revoked(ca: Path) -> x509.CertificateRevocationList:
    """Return the list of the issuing certificate."""
    return lists(ca)[revocation.key_of(issuing(ca))]


def request(
    path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, name: str | None = None
) -> Path:
    """Write a certificate request."""
    subject = x509.Name([] if name is None else [x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder(subject)
    signed = builder.sign(
        key, hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return path


# --- the root


def test_the_root_signs_an_issuing_certificate_that_signs_leaves_only(ca: Path) -> None:
    root, signer = certificate(ca / "ca.pem"), issuing(ca)
    for key in (ca / "issuing").glob("*.key"):
        assert key.stat().st_mode & 0o777 == 0o600
    limit = signer.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (limit.ca, limit.path_length) == (True, 0)
    signer.verify_directly_issued_by(root)
    assert signer.subject != root.subject
    assert signer.not_valid_after_utc <= NOW + timedelta(days=lifetimes.ISSUING_DAYS)
    assert (ca / "ca.key").stat().st_mode & 0o777 == 0o600
    assert ca.stat().st_mode & 0o777 == 0o700
    for kind in (x509.BasicConstraints, x509.KeyUsage):
        assert root.extensions.get_extension_for_class(kind).critical
    constraints = root.extensions.get_extension_for_class(x509.BasicConstraints).value
    usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (constraints.ca, constraints.path_length) == (True, 1)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    assert isinstance(root.signature_hash_algorithm, hashes.SHA256)
    root.verify_directly_issued_by(root)
    assert [list(each) for each in lists(ca).values()] == [[], []]
    assert sorted(path.name for path in ca.parent.iterdir()) == ["ca"]


def test_a_root_is_never_overwritten_and_an_empty_folder_is_taken(tmp_path: Path, ca: Path) -> None:
    key = (ca / "ca.key").read_bytes()
    with pytest.raises(IdentityError, match="name an empty folder"):
        authority.make(ca, days=365, now=NOW)
    assert (ca / "ca.key").read_bytes() == key
    (tmp_path / "empty").mkdir()
    authority.make(tmp_path / "empty", days=365, now=NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "empty"]


def test_a_folder_that_holds_no_authority_is_named(tmp_path: Path, ca: Path) -> None:
    with pytest.raises(IdentityError, match=r"nowhere: holds no authority"):
        Authority(tmp_path / "nowhere")
    (ca / "ca.key").chmod(0o640)
    with pytest.raises(IdentityError, match="chmod 600"):
        Authority(ca)
    (ca / "ca.key").chmod(0o600)
    authority.make(tmp_path / "other", days=1, now=NOW)
    (ca / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(IdentityError, match="is not the key of"):
        Authority(ca)
    (ca / "ca.key").write_bytes(b"no key")
    with pytest.raises(IdentityError, match="holds no authority"):
        Authority(ca)


# --- certificates


@pytest.mark.parametrize(
    ("holder", "file_name", "common_name", "purpose"),
    [
        (PIER, "device", "beach/pier-1", ExtendedKeyUsageOID.CLIENT_AUTH),
        (holders.client("fusion"), "fusion", "fusion", ExtendedKeyUsageOID.CLIENT_AUTH),
        (
            holders.broker("mqtt.example", ["192.0.2.1"]),
            "broker",
            "broker",
            ExtendedKeyUsageOID.SERVER_AUTH,
        ),
    ],
)
def test_a_certificate_has_one_name_one_purpose_and_an_end(
    tmp_path: Path,
    ca: Path,
    holder: Holder,
    file_name: str,
    common_name: str,
    purpose: x509.ObjectIdentifier,
) -> None:
    receipt = issue(ca, holder, tmp_path / "out")
    made = certificate(tmp_path / "out" / f"{file_name}.pem")
    made.verify_directly_issued_by(issuing(ca))
    assert [each.value for each in made.subject] == [common_name]
    extended = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (list(extended.value), extended.critical) == ([purpose], True)
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.not_valid_after_utc == NOW + timedelta(days=30) == receipt.ends
    assert made.serial_number.bit_length() > 128
    key = tmp_path / "out" / f"{file_name}.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (
        serialization.load_pem_private_key(key.read_bytes(), None).public_key() == made.public_key()
    )
    assert set(receipt.files) == set((tmp_path / "out").iterdir())


def test_the_broker_is_named_by_its_hosts_and_given_the_revocation_list(
    tmp_path: Path, ca: Path
) -> None:
    issue(ca, holders.broker("mqtt.example", ["192.0.2.1", "mqtt.example"]), tmp_path / "out")
    names = (
        certificate(tmp_path / "out" / "broker.pem")
        .extensions.get_extension_for_class(x509.SubjectAlternativeName)
        .value
    )
    assert [str(name.value) for name in names] == ["mqtt.example", "192.0.2.1"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "broker.key",
        "broker.pem",
        "ca.pem",
        "crl.pem",
    ]


def test_openssl_finds_the_chain_in_order(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority.make(tmp_path / "ca", days=365, now=now)
    issue(tmp_path / "ca", PIER, tmp_path / "out", now=now)
    issue(tmp_path / "ca", holders.broker("mqtt.example", []), tmp_path / "server", now=now)
    trusted = tmp_path / "server" / "ca.pem"  # what the broker is given
    verify = ["openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", trusted]
    verify += ["-CRLfile", tmp_path / "ca" / "crl.pem", "-purpose"]
    for purpose, wanted in (("sslclient", 0), ("sslserver", 2)):
        done = subprocess.run(
            [*verify, purpose, tmp_path / "out" / "device.pem"], capture_output=True, check=False
        )
        assert done.returncode == wanted, done.stderr
    Authority(tmp_path / "ca").revoke(PIER, now=now)
    done = subprocess.run(
        [*verify, "sslclient", tmp_path / "out" / "device.pem"], capture_output=True, check=False
    )
    assert b"certificate revoked" in done.stderr


def test_nothing_is_overwritten_and_nothing_is_issued_then(tmp_path: Path, ca: Path) -> None:
    issue(ca, PIER, tmp_path / "out")
    key = (tmp_path / "out" / "device.key").read_bytes()
    with pytest.raises(IdentityError, match=r"device\.pem, device\.key is there already"):
        issue(ca, PIER, tmp_path / "out")
    authority.make(tmp_path / "other", days=365, now=NOW)
    with pytest.raises(IdentityError, match="is another authority's"):
        issue(tmp_path / "other", holders.client("fusion"), tmp_path / "out")
    assert (tmp_path / "out" / "device.key").read_bytes() == key
    assert len(entries(ca)) == 1
    assert entries(tmp_path / "other") == []
    issue(ca, holders.client("fusion"), tmp_path / "out")


def test_no_certificate_outlives_the_root(tmp_path: Path, ca: Path) -> None:
    with pytest.raises(IdentityError, match="the root ends on 2031-05-01"):
        issue(ca, PIER, tmp_path / "out", days=366)
    with pytest.raises(IdentityError, match="make a new root"):
        issue(ca, PIER, tmp_path / "out", now=NOW + timedelta(days=340))
    assert not (tmp_path / "out").exists()


# --- requests


def test_a_boxs_own_key_never_leaves_it(tmp_path: Path, ca: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issue(ca, PIER, tmp_path / "out", request=request(tmp_path / "a.csr", key, "beach/pier-1"))
    assert certificate(tmp_path / "out" / "device.pem").public_key() == key.public_key()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["ca.pem", "device.pem"]


def test_the_request_that_the_advice_names_is_taken(tmp_path: Path, ca: Path) -> None:
    command = REQUEST_ADVICE.removeprefix("make it with: ").split()
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert issue(ca, PIER, tmp_path, request=tmp_path / "device.csr").name == "beach/pier-1"


def test_a_request_that_will_not_do_is_refused_with_its_reason(tmp_path: Path, ca: Path) -> None:
    good = request(tmp_path / "good.csr", ec.generate_private_key(ec.SECP256R1()))
    forged = x509.load_pem_x509_csr(good.read_bytes()).public_bytes(serialization.Encoding.DER)
    broken = x509.load_der_x509_csr(forged[:-1] + bytes([forged[-1] ^ 1]))
    (tmp_path / "forged.csr").write_bytes(broken.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "none.csr").write_bytes(b"x" * 100_000)
    refusals = {
        tmp_path / "gone.csr": "is no certificate request",
        tmp_path / "none.csr": "is no certificate request",
        tmp_path / "forged.csr": "is not signed by the key",
        request(
            tmp_path / "ed.csr", ed25519.Ed25519PrivateKey.generate()
        ): "wanted an elliptic curve key on P-256",
        request(
            tmp_path / "p384.csr", ec.generate_private_key(ec.SECP384R1())
        ): "wanted an elliptic curve key on P-256",
        request(
            tmp_path / "other.csr", ec.generate_private_key(ec.SECP256R1()), "beach/pier-2"
        ): "asks for 'beach/pier-2'",
    }
    for path, told in refusals.items():
        with pytest.raises(IdentityError, match=told):
            issue(ca, PIER, tmp_path / "out", request=path)
    assert entries(ca) == []
    issue(ca, PIER, tmp_path / "out", request=good)


# --- revocation and register


def test_every_good_certificate_of_a_box_is_revoked_and_no_others(tmp_path: Path, ca: Path) -> None:
    old = issue(ca, PIER, tmp_path / "0", days=1)
    serials = [
        issue(ca, PIER, tmp_path / str(number), now=NOW + timedelta(days=2)).serial
        for number in (1, 2)
    ]
    issue(ca, holders.device("beach", "pier-2"), tmp_path / "3")
    later = NOW + timedelta(days=3)
    assert Authority(ca).revoke(PIER, now=later) == 2
    assert sorted(f"{each.serial_number:x}" for each in revoked(ca)) == sorted(serials)
    assert old.serial not in serials
    assert Authority(ca).revoke(PIER, now=later) == 0
    assert len(list(revoked(ca))) == 2
    # A certificate of after the revocation is good, and revoked by the next.
    issue(ca, PIER, tmp_path / "4", now=later)
    assert len(list(revoked(ca))) == 2
    assert Authority(ca).revoke(PIER, now=later) == 1
    # What has expired leaves the list.
    assert Authority(ca).revoke(PIER, now=NOW + timedelta(days=60)) == 0
    assert list(revoked(ca)) == []


def test_a_list_follows_the_one_before_even_within_a_second_and_ends_with_its_issuer(
    tmp_path: Path, ca: Path
) -> None:
    issue(ca, PIER, tmp_path / "out")
    seen = [revoked(ca)]
    for _ in range(3):
        Authority(ca).revoke(PIER, now=NOW)
        seen.append(revoked(ca))
    numbers = [
        each.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for each in seen
    ]
    assert numbers == [1, 2, 3, 4]
    times = [each.last_update_utc for each in seen]
    assert times == sorted(set(times))
    assert times[-1] < NOW
    assert {each.next_update_utc for each in seen} == {issuing(ca).not_valid_after_utc}


def test_a_revocation_that_was_cut_short_is_finished_by_the_next(tmp_path: Path, ca: Path) -> None:
    issue(ca, PIER, tmp_path / "out")
    before = (ca / "crl.pem").read_bytes()
    Authority(ca).revoke(PIER, now=NOW)
    (ca / "crl.pem").write_bytes(before)  # as if the power had gone between register and list
    assert Authority(ca).revoke(PIER, now=NOW) == 0
    assert len(list(revoked(ca))) == 1


def test_a_name_that_got_nothing_cannot_be_revoked(ca: Path) -> None:
    with pytest.raises(IdentityError, match="beach/pier-1: nothing was issued to it"):
        Authority(ca).revoke(PIER, now=NOW)
    (ca / "crl.pem").write_bytes(b"")


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, ca: Path) -> None:
    issue(ca, PIER, tmp_path / "out")
    (ca / "crl.pem").write_bytes(b"")
    with pytest.raises(IdentityError, match=r"crl\.pem: is no revocation list"):
        Authority(ca).revoke(PIER, now=NOW)


def test_the_register_says_what_was_issued_and_no_secret(tmp_path: Path, ca: Path) -> None:
    receipt = issue(ca, PIER, tmp_path / "out")
    Authority(ca).revoke(PIER, now=NOW)
    _, issued, ended = map(json.loads, (ca / "register.jsonl").read_text().splitlines())
    assert issued == {
        "event": "issued",
        "at_s": int(NOW.timestamp()),
        "kind": "device",
        "name": "beach/pier-1",
        "serial": receipt.serial,
        "ends_s": int(receipt.ends.timestamp()),
        "sha256": certificate(tmp_path / "out" / "device.pem").fingerprint(hashes.SHA256()).hex(),
        "issuer": revocation.key_of(issuing(ca)).hex(),
    }
    assert ended == {**issued, "event": "revoked"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"event": "iss', "register.jsonl:3: the line has no end"),  # a power cut
        ("{}\n", "register.jsonl:3: is no line of a register"),  # something missing
        ("nonsense\n", "register.jsonl:3: is no line of a register"),  # not JSON
    ],
)
def test_a_register_that_cannot_be_read_stops_every_command(
    tmp_path: Path, ca: Path, line: str, told: str
) -> None:
    issue(ca, PIER, tmp_path / "out")
    with (ca / "register.jsonl").open("a") as file:
        file.write(line)
    with pytest.raises(IdentityError, match=told):
        issue(ca, PIER, tmp_path / "again")
    with pytest.raises(IdentityError, match=told):
        Authority(ca).revoke(PIER, now=NOW)
    assert not (tmp_path / "again").exists()


def test_two_commands_do_not_work_in_one_folder_at_once(tmp_path: Path, ca: Path) -> None:
    with (
        Register(ca / "register.jsonl").hold(),
        pytest.raises(IdentityError, match="another command is at work"),
    ):
        issue(ca, PIER, tmp_path / "out")
    threads = [
        threading.Thread(target=issue_when_free, args=(ca, tmp_path / str(number)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry.serial for entry in entries(ca)}) == 8
    (ca / "register.jsonl").unlink()
    with pytest.raises(IdentityError, match="restore the authority's folder"):
        issue(ca, PIER, tmp_path / "out")


def issue_when_free(ca: Path, out: Path) -> None:
    while not out.exists():
        try:
            issue(ca, PIER, out)
        except IdentityError as error:
            assert "another command" in str(error)  # noqa: PT017 - any other error ends the thread, and the count is then short
