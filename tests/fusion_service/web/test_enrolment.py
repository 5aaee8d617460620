# SPDX-License-Identifier: Apache-2.0
"""What the enrolment gives boxes of this release and of before, under roots of both kinds."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fusion_service.config import load
from fusion_service.errors import IdentityError
from fusion_service.identity.ca import authority, files
from fusion_service.identity.tokens import TokenRefusedError, Tokens
from fusion_service.security_log import COMMANDS, REFUSED
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.enrolment import Enrolment, create_app
from tests.fusion_service.identity.old_authority import make_old
from wire_contract.codec import encode
from wire_contract.messages.enrolment import CHAIN_VERSION, VERSION, EnrolRequest, Why

NOW = datetime.now(UTC)


def office(folder: Path, make: Callable[..., object]) -> Enrolment:
    make(folder / "ca", days=365, now=NOW)
    (folder / "fusion.toml").write_text('[store]\npath = "fusion.sqlite"\n')
    store = load(folder / "fusion.toml").store

    def open_store() -> Writer:
        return Writer(store.path, **store.limits)

    return Enrolment(folder / "ca", open_store, "broker.example", 8883, 30)


def asked(
    enrolment: Enrolment,
    version: int,
    *,
    device: str = "pier-1",
    key: str = "A" * 43 + "=",
    replaces: bool = False,
) -> EnrolRequest:
    """Return what a box asks with a token of its own."""
    secret = Tokens(enrolment.directory).make(
        "beach", device, test_site=False, good_for=timedelta(1), now=NOW, replaces=replaces
    )
    request = x509.CertificateSigningRequestBuilder(x509.Name([]))
    der = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        serialization.Encoding.DER
    )
    return EnrolRequest(version, secret, base64.b64encode(der).decode("ascii"), key)


def test_under_an_old_root_a_box_of_any_release_gets_a_certificate_of_the_root(
    tmp_path: Path,
) -> None:
    enrolment = office(tmp_path, make_old)
    assert enrolment.chain(NOW) == b""
    answer = enrolment.enrol(asked(enrolment, VERSION), NOW)
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer.certificate))
    certificate.verify_directly_issued_by(files.read_certificate(enrolment.directory / "ca.pem"))


def test_a_box_that_cannot_check_a_chain_is_refused_before_its_token_is_used(
    tmp_path: Path,
) -> None:
    enrolment = office(tmp_path, authority.make)
    before = asked(enrolment, VERSION)
    with pytest.raises(IdentityError, match=r"a box of an earlier release.*Token unused"):
        enrolment.enrol(before, NOW)
    upgraded = EnrolRequest(CHAIN_VERSION, before.secret, before.request, before.signing_key)
    answer = enrolment.enrol(upgraded, NOW)
    [issuing] = x509.load_pem_x509_certificates(enrolment.chain(NOW))
    x509.load_der_x509_certificate(base64.b64decode(answer.certificate)).verify_directly_issued_by(
        issuing
    )
    issuing.verify_directly_issued_by(x509.load_der_x509_certificate(base64.b64decode(answer.root)))


def test_why_a_token_is_refused_is_known_only_where_it_is_one(tmp_path: Path) -> None:
    enrolment = office(tmp_path, authority.make)
    request = asked(enrolment, CHAIN_VERSION)
    enrolment.enrol(request, NOW)
    guess = EnrolRequest(CHAIN_VERSION, "A" * 32, request.request, request.signing_key)
    other_key = asked(enrolment, CHAIN_VERSION, key="B" * 42 + "A=")
    late = asked(enrolment, CHAIN_VERSION, device="pier-2")
    cases = [
        (request, NOW, Why.USED),
        (late, NOW + timedelta(2), Why.OVER),
        (other_key, NOW, Why.FAILED),
        (guess, NOW, None),
    ]
    for one, at, why in cases:
        with pytest.raises(TokenRefusedError) as refused:
            enrolment.enrol(one, at)
        assert refused.value.why == why


def test_a_box_with_a_token_to_replace_takes_the_place_of_another_whose_certificates_end(
    tmp_path: Path,
) -> None:
    enrolment, other = office(tmp_path, authority.make), base64.b64encode(b"k" * 32).decode("ascii")
    first = enrolment.enrol(asked(enrolment, CHAIN_VERSION), NOW)
    second = enrolment.enrol(asked(enrolment, CHAIN_VERSION, key=other, replaces=True), NOW)
    opened = authority.Authority(enrolment.directory)
    revoked = [
        opened.is_revoked(x509.load_der_x509_certificate(base64.b64decode(answer.certificate)))
        for answer in (first, second)
    ]
    assert revoked == [True, False]
    row = Reader(load(tmp_path / "fusion.toml").store.path).device("beach", "pier-1")
    assert row is not None
    assert [one.event for one in row.history] == ["enrolled", "replaced"]
    # Whoever comes again with the same key (the answer was lost) is no other box.
    third = enrolment.enrol(asked(enrolment, CHAIN_VERSION, key=other, replaces=True), NOW)
    certificate = x509.load_der_x509_certificate(base64.b64decode(third.certificate))
    assert not authority.Authority(enrolment.directory).is_revoked(certificate)
    # And a place that nobody had cannot be taken.
    with pytest.raises(TokenRefusedError, match="is not enrolled here"):
        enrolment.enrol(asked(enrolment, CHAIN_VERSION, device="pier-9", replaces=True), NOW)


def test_tokens_of_before_are_read(tmp_path: Path) -> None:
    enrolment = office(tmp_path, authority.make)
    request, path = asked(enrolment, CHAIN_VERSION), enrolment.directory / "tokens.jsonl"
    text = path.read_text().replace(', "replaces": false', "")
    assert "replaces" not in text
    path.write_text(text)
    assert enrolment.enrol(request, NOW).device == "pier-1"


async def answered(enrolment: Enrolment, request: EnrolRequest, address: str) -> int:
    transport = httpx.ASGITransport(create_app(enrolment), client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="https://centre.example") as client:
        return (await client.post("/v1/enrol", content=encode(request))).status_code


def test_what_was_granted_and_what_was_refused_stands_in_logs_of_their_own(tmp_path: Path) -> None:
    enrolment = office(tmp_path, authority.make)
    request = asked(enrolment, CHAIN_VERSION)
    assert [
        asyncio.run(answered(enrolment, request, address)) for address in ("192.0.2.7", "192.0.2.8")
    ] == [200, 403]
    granted, refused = (
        json.loads((enrolment.directory / name).read_text()) for name in (COMMANDS, REFUSED)
    )
    told = ("action", "object", "result", "origin")
    assert [granted[key] for key in told] == ["enrol", "beach/pier-1", "done", "192.0.2.7"]
    assert [refused[key] for key in told] == ["enrol", "unknown", "refused", "192.0.2.8"]
    assert "token of beach/pier-1: was used before" in refused["detail"]
    assert request.secret not in str(granted) + str(refused)
