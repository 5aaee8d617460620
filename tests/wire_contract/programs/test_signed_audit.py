# SPDX-License-Identifier: Apache-2.0
"""The signed file of an audit: one form, read strictly; another program can check it."""

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire_contract.errors import DecodeError
from wire_contract.programs.signed_audit import AUDIT_BYTES_MAX, read_audit, seal_audit

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PAYLOAD = b'{"serial": "x"}'


def test_what_is_sealed_is_read_and_covers_a_prefix_of_its_own() -> None:
    raw = seal_audit(PAYLOAD + b"\n", KEY.sign)
    found = read_audit(raw)
    assert found.payload == PAYLOAD
    assert found.signed == b"people-count/audit/v1\n" + PAYLOAD
    KEY.public_key().verify(found.signature, found.signed)


@pytest.mark.parametrize(
    "payload", [b"", b"\n", b"a\nb", "é".encode(), b"x" * AUDIT_BYTES_MAX + b"x"]
)
def test_only_a_line_of_ascii_is_signed(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        seal_audit(payload, KEY.sign)


def test_any_other_form_is_refused() -> None:
    raw = seal_audit(PAYLOAD, KEY.sign)
    line, signature, _ = raw.split(b"\n")
    for bad in (
        b"",
        line,
        line + b"\n",
        raw[:-1],
        raw + b"\n",
        line + b"\n" + signature[:-4] + b"\n",
        line + b"\n!!!!\n",
        "é".encode() + b"\n" + signature + b"\n",
        b"x" * (AUDIT_BYTES_MAX + 1),
    ):
        with pytest.raises(DecodeError):
            read_audit(bad)


def test_openssl_checks_it_too(tmp_path: Path) -> None:
    line, signature, _ = seal_audit(PAYLOAD, KEY.sign).split(b"\n")
    (tmp_path / "signed").write_bytes(b"people-count/audit/v1\n" + line)
    (tmp_path / "signature").write_bytes(base64.b64decode(signature))
    pem = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
    done = subprocess.run(
        [*command, "-in", "signed", "-sigfile", "signature"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert "Signature Verified Successfully" in done.stdout, done.stderr
