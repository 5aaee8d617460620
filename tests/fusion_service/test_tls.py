# SPDX-License-Identifier: Apache-2.0
"""TLS 1.3 to a real broker that asks for a certificate, with certificates made for the test."""

import datetime as dt
import ipaddress
import uuid
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fusion_service.config import BrokerConfig
from fusion_service.errors import BrokerError
from fusion_service.ingest.mqtt.link import LinkState
from fusion_service.ingest.mqtt.subscriber import Subscriber
from tests.broker import Broker
from tests.fusion_service.centre import until


class Authority:
    """A certificate authority that lives for one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ca {uuid.uuid4()}")])
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(self._signed(self._name, self._key.public_key(), is_ca=True))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Write a certificate for loopback and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate_path, key_path = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate_path.write_bytes(self._signed(subject, key.public_key(), is_ca=False))
        form = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_path.write_bytes(key.private_bytes(*form))
        return certificate_path, key_path

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, is_ca: bool) -> bytes:
        now = dt.datetime.now(dt.UTC)
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(
            now + dt.timedelta(hours=1)
        )
        builder = builder.add_extension(
            x509.BasicConstraints(ca=is_ca, path_length=None), critical=True
        )
        # Python 3.13 refuses a certificate that does not say whose key signed it (RFC 5280,
        # 4.2.1.1), nor what its key is for.
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(signer, critical=False)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key), critical=False
        )
        if is_ca:
            uses = dict.fromkeys(
                ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                False,
            )
            uses |= {"encipher_only": False, "decipher_only": False, "digital_signature": True}
            builder = builder.add_extension(
                x509.KeyUsage(**uses, key_cert_sign=True, crl_sign=True), critical=True
            )
        return (
            builder.add_extension(names, critical=False)
            .sign(self._key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def subscriber(config: BrokerConfig) -> Subscriber:
    return Subscriber(config, boot=str(uuid.uuid4()), inbox_max=10, now_ms=lambda: 0)


def listener(authority: Authority) -> list[str]:
    certificate, key = authority.issue("broker")
    return [
        f"cafile {authority.ca}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "tls_version tlsv1.3",
    ]


def test_the_centre_and_the_broker_know_each_other_by_certificate(
    tmp_path: Path, authority: Authority
) -> None:
    certificate, key = authority.issue("fusion")
    with Broker(tmp_path / "broker", lines=listener(authority)) as broker:
        centre = subscriber(
            BrokerConfig(port=broker.port, ca=authority.ca, certificate=certificate, key=key)
        )
        centre.start()
        until(lambda: centre.link.state is LinkState.CONNECTED, "the connection over TLS")
        centre.stop()


@pytest.mark.parametrize("wrong", ["of another key", "no certificate"])
def test_a_renewed_certificate_that_will_not_do_leaves_the_one_of_before(
    tmp_path: Path, authority: Authority, wrong: str
) -> None:
    certificate, key = authority.issue("fusion")
    other, _ = authority.issue("other")
    with Broker(tmp_path / "broker", lines=listener(authority)) as broker:
        centre = subscriber(
            BrokerConfig(port=broker.port, ca=authority.ca, certificate=certificate, key=key)
        )
        centre.start()
        until(lambda: centre.link.state is LinkState.CONNECTED, "the connection over TLS")
        before = centre.connection
        certificate.write_bytes(
            other.read_bytes() if wrong == "of another key" else b"no certificate"
        )
        broker.restart()
        until(
            lambda: centre.connection > before + 1 and centre.link.state is LinkState.CONNECTED,
            "the connection with the one of before",
        )
        centre.stop()


@pytest.mark.filterwarnings(
    "ignore:unclosed <ssl.SSLSocket:ResourceWarning"
)  # paho drops the socket of a failed handshake
def test_a_broker_of_another_authority_is_not_spoken_to(
    tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    certificate, key = authority.issue("fusion")
    with Broker(tmp_path / "broker", lines=listener(authority)) as broker:
        centre = subscriber(
            BrokerConfig(port=broker.port, ca=other.ca, certificate=certificate, key=key)
        )
        centre.start()
        until(lambda: "certificate verify failed" in centre.link.detail, "the refusal")
        assert "is broker.ca the authority of its certificate?" in centre.link.detail
        assert centre.link.state is LinkState.CONNECTING
        centre.stop()


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, authority: Authority) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(BrokerError, match=r"broker\.ca: .*wrong\.pem"):
        subscriber(BrokerConfig(ca=wrong))
    with pytest.raises(BrokerError, match=r"broker\.ca: .*gone\.pem: No such file"):
        subscriber(BrokerConfig(ca=tmp_path / "gone.pem"))
    with pytest.raises(BrokerError, match=r"broker\.certificate, broker\.key: .*wrong\.pem"):
        subscriber(BrokerConfig(ca=authority.ca, certificate=wrong, key=wrong))
    with pytest.raises(BrokerError, match=r"broker\.password_file: .*gone"):
        subscriber(BrokerConfig(user="fusion", password_file=tmp_path / "gone"))
