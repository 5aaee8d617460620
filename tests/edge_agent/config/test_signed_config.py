# SPDX-License-Identifier: Apache-2.0
"""Which signed configs a box believes, and by what name it refuses the others.

Real keys, certificates and signatures.
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.signed_config import ConfigRefusedError, Known, Refusal, read_config
from fusion_service.identity.ca import authority, holders
from fusion_service.identity.ca.certificates import Issuer, Purpose, Validity, issuing, leaf
from tests.fusion_service.identity.old_authority import make_old
from tests.fusion_service.identity.secure_broker import A, B
from wire_contract.codec import decode, encode, seal
from wire_contract.errors import DecodeError
from wire_contract.messages.enrolment import Renewal
from wire_contract.messages.signed_config import VERSION, SignedConfig
from wire_contract.topics import Channel

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAYS = 14


def der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


class Office:
    """An authority, and what it signs for a box."""

    def __init__(self, folder: Path, make: Callable[..., object] = authority.make) -> None:
        make(folder, days=365, now=NOW - timedelta(days=1))
        self.opened = authority.Authority(folder)
        self.root = self.opened.issuers.root
        self.signer, self.issuer = self.opened.sign_once(
            holders.config_signer(1), days=DAYS, now=NOW
        )

    def config(self, serial: int = 7) -> SignedConfig:
        begins_s, ends_s = int(NOW.timestamp()), int((NOW + timedelta(days=DAYS)).timestamp())
        issuer = None if self.issuer is None else der(self.issuer)
        signer = der(self.signer.certificate)
        return SignedConfig(
            VERSION, *A, serial, "new.example", 8883, begins_s, ends_s, signer, issuer
        )

    def signed(self, config: SignedConfig, by: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        key = by or self.signer.key

        def sign(text: bytes) -> bytes:
            return b"".join(
                half.to_bytes(32, "big")
                for half in decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
            )

        return seal(Channel.CERTIFICATE, encode(config), sign)

    def read(
        self,
        envelope: bytes,
        *,
        now: datetime = NOW,
        known: Known | None = None,
        root: x509.Certificate | None = None,
    ) -> SignedConfig | None:
        site, device = A
        return read_config(
            envelope,
            root=root or self.root,
            site=site,
            device=device,
            now=now,
            known=known or Known(),
        )

    def refusal(self, envelope: bytes, **how: object) -> Refusal:
        with pytest.raises(ConfigRefusedError) as refused:
            self.read(envelope, **how)  # type: ignore[arg-type]  # the names of `read`
        return refused.value.refusal


@pytest.fixture(
    scope="module",
    params=[authority.make, make_old],
    ids=["a root that is put away", "a root of before"],
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office") / "ca", request.param)


def test_what_the_authority_signs_is_believed(office: Office) -> None:
    assert office.read(office.signed(office.config())) == office.config()


def test_what_was_taken_is_no_news_and_its_number_is_not_taken_twice(office: Office) -> None:
    import hashlib  # noqa: PLC0415 - only here

    taken = office.signed(office.config())
    known = Known(7, hashlib.sha256(taken).hexdigest())
    assert office.read(taken, known=known) is None
    # Signed anew with the same number it is another message, as ECDSA draws a number each time.
    assert (
        office.refusal(office.signed(replace(office.config(), host="other.example")), known=known)
        is Refusal.REPEATED
    )
    assert office.refusal(office.signed(office.config(6)), known=known) is Refusal.ROLLED_BACK
    assert office.read(office.signed(office.config(8)), known=known) == office.config(8)


def test_what_is_out_of_date_or_not_due_is_refused(office: Office) -> None:
    envelope = office.signed(office.config())
    assert office.read(envelope, now=NOW - timedelta(minutes=4)) is not None
    assert office.refusal(envelope, now=NOW - timedelta(days=1)) is Refusal.TOO_EARLY
    assert office.refusal(envelope, now=NOW + timedelta(days=DAYS)) is Refusal.OVER
    # It may not say of itself that it is good for longer than who signed it.
    long = replace(office.config(), ends_s=office.config().ends_s + 10**6)
    assert office.refusal(office.signed(long), now=NOW + timedelta(days=DAYS + 1)) is Refusal.OVER


def test_another_boxs_config_is_refused(office: Office) -> None:
    site, device = B
    assert (
        office.refusal(office.signed(replace(office.config(), site=site, device=device)))
        is Refusal.ANOTHER_BOX
    )


def test_another_authoritys_config_is_refused(office: Office, tmp_path: Path) -> None:
    other = Office(tmp_path / "ca")
    assert office.refusal(other.signed(other.config())) is Refusal.STRANGER
    # Nor with our own issuing certificate laid beside it.
    ours = replace(other.config(), issuer=office.config().issuer)
    assert office.refusal(other.signed(ours)) is Refusal.STRANGER


@pytest.mark.parametrize("purpose", [Purpose.CLIENT, Purpose.SERVER])
def test_a_box_or_a_broker_cannot_sign_a_config(office: Office, purpose: Purpose) -> None:
    key, issuer = ec.generate_private_key(ec.SECP256R1()), office.opened.issuers.signer(NOW)
    certificate = leaf(
        issuer,
        key.public_key(),
        common_name="beach/pier-2",
        purpose=purpose,
        hosts=(),
        serial=5,
        validity=Validity.of(now=NOW, days=1),
    )
    posing = replace(office.config(), signer=der(certificate))
    assert office.refusal(office.signed(posing, by=key)) is Refusal.WRONG_PURPOSE


def test_an_issuing_certificate_cannot_sign_a_config_itself(office: Office) -> None:
    issuer = office.opened.issuers.signer(NOW)
    posing = replace(office.config(), signer=der(issuer.certificate), issuer=None)
    assert office.refusal(office.signed(posing, by=issuer.key)) is Refusal.WRONG_PURPOSE


def test_a_holders_certificate_cannot_stand_between(office: Office) -> None:
    """A box's own certificate signs another one, as if it were an issuing certificate."""
    key, issuer = ec.generate_private_key(ec.SECP256R1()), office.opened.issuers.signer(NOW)
    if office.issuer is not None:
        issuer = Issuer(office.root, office.opened._root_issuer(None).key)
    between = leaf(
        issuer,
        key.public_key(),
        common_name="beach/pier-2",
        purpose=Purpose.CLIENT,
        hosts=(),
        serial=6,
        validity=Validity.of(now=NOW, days=1),
    )
    mine = ec.generate_private_key(ec.SECP256R1())
    signer = leaf(
        Issuer(between, key),
        mine.public_key(),
        common_name="config",
        purpose=Purpose.CONFIG,
        hosts=(),
        serial=7,
        validity=Validity.of(now=NOW, days=1),
    )
    posing = replace(office.config(), signer=der(signer), issuer=der(between))
    assert office.refusal(office.signed(posing, by=mine)) is Refusal.STRANGER


def test_an_issuing_certificate_that_has_ended_carries_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path / "ca")
    root = office.opened._root_issuer(None)
    key = ec.generate_private_key(ec.SECP256R1())
    short = Issuer(
        issuing(root, key.public_key(), serial=9, validity=Validity.of(now=NOW, minutes=1)), key
    )
    signer = leaf(
        short,
        office.signer.key.public_key(),
        common_name="config",
        purpose=Purpose.CONFIG,
        hosts=(),
        serial=7,
        validity=Validity.of(now=NOW, days=9),
    )
    envelope = office.signed(
        replace(office.config(), signer=der(signer), issuer=der(short.certificate))
    )
    assert office.read(envelope) is not None
    assert office.refusal(envelope, now=NOW + timedelta(minutes=2)) is Refusal.OVER


def test_a_signature_of_another_key_or_over_other_words_is_refused(office: Office) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert office.refusal(office.signed(office.config(), by=other)) is Refusal.FORGED
    envelope = office.signed(office.config())
    assert office.refusal(envelope.replace(b"new.example", b"bad.example")) is Refusal.FORGED


# A bit of a certificate that is odd and not wrong makes the library warn.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_bit_of_it_can_be_changed(office: Office, at: int, bit: int) -> None:
    envelope = bytearray(office.signed(office.config()))
    envelope[at % len(envelope)] ^= 1 << bit
    assert office.refusal(bytes(envelope)) in {
        Refusal.UNREADABLE,
        Refusal.FORGED,
        Refusal.STRANGER,
        Refusal.WRONG_PURPOSE,
    }


def test_a_certificate_of_a_version_that_there_is_not_cannot_be_read(office: Office) -> None:
    raw = base64.b64decode(office.config().signer)
    unknown = raw.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x06", 1)
    assert unknown != raw
    odd = replace(office.config(), signer=base64.b64encode(unknown).decode("ascii"))
    assert office.refusal(office.signed(odd)) is Refusal.UNREADABLE


@given(junk=st.binary(max_size=200))
def test_anything_else_cannot_be_read(office: Office, junk: bytes) -> None:
    assert office.refusal(junk) is Refusal.UNREADABLE


def test_it_is_nothing_that_a_box_of_before_can_read(office: Office) -> None:
    """What a box of before does with whatever comes on this topic.

    A whole one is tried in tests/end_to_end.
    """
    with pytest.raises(DecodeError):
        decode(Renewal, office.signed(office.config()))
