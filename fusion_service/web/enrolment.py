# SPDX-License-Identifier: Apache-2.0
"""The enrolment service: blank boxes come with a token and leave with a certificate.

Runs on roll-out days, beside the authority.

Rule 1: a token is used up on disk before anything is given for it. Rule 2: the box is enrolled at
the centre before it holds a certificate, so that nothing it sends is a stranger's. Rule 3: an
answer to a stranger says only that it was refused; why hears only who sends the secret of a token
that was made here, which nobody guesses. Rule 4: an address that is refused again and again waits.
Rule 5: what was granted, and what was refused, stands in the security log, with the address that
asked.
"""

import base64
import logging
import math
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from fusion_service.access.refusals import Refusals
from fusion_service.errors import FusionError, IdentityError
from fusion_service.identity.ca import authority, files, holders
from fusion_service.identity.tokens import TokenLine, TokenRefusedError, Tokens
from fusion_service.private_file import keep_private
from fusion_service.security_log import COMMANDS, Act, Result, record
from fusion_service.security_log import REFUSED as REFUSED_LOG
from fusion_service.store.port import Store
from fusion_service.web.connections import Connections, peer_of, protocol
from fusion_service.web.server_tls import RenewedContext
from wire_contract.codec import ENVELOPE_BYTES_MAX, decode, encode
from wire_contract.errors import ContractError
from wire_contract.messages.enrolment import (
    CHAIN_VERSION,
    VERSION,
    EnrolAnswer,
    EnrolRefusal,
    EnrolRequest,
    Why,
)

BACKLOG = 512
REFUSED, TOO_LARGE, TOO_MANY = 403, 413, 429
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where the authority's folder and the centre's store are, and where boxes find the broker."""

    directory: Path
    open_store: Callable[[], AbstractContextManager[Store]]
    broker_host: str
    broker_port: int
    days: int

    def enrol(self, asked: EnrolRequest, now: datetime) -> EnrolAnswer:
        """Turn a token into an enrolled box with a certificate.

        Raises FusionError, and has then given nothing.
        """
        issuing = authority.Authority(self.directory).issuers.issuing
        if issuing and asked.v < CHAIN_VERSION:
            raise IdentityError(
                "a box of an earlier release, which cannot check an issuing certificate; upgrade "
                "it. Token unused"
            )
        token = Tokens(self.directory).redeem(asked.secret, now=now)
        try:
            return self._enrol(token, asked, now)
        except (FusionError, ValueError) as error:
            raise TokenRefusedError(
                f"{token.site}/{token.device}: {error}; the token is used up", Why.FAILED
            ) from error

    def write_down(self, box: str, result: Result, peer: str, detail: str) -> None:
        """Write down what a stranger asked for and what came of it; of the secret nothing."""
        name = COMMANDS if result is Result.DONE else REFUSED_LOG
        record(
            Act("enrol", box, result, peer, "whoever holds a token", detail),
            (self.directory,),
            name=name,
        )

    def chain(self, now: datetime) -> bytes:
        """Return the issuing certificates that are good, PEM.

        Nothing where the root signs by itself.
        """
        good = authority.Authority(self.directory).issuers.good(now)
        return b"".join(files.pem(one.certificate) for one in good)

    def _enrol(self, token: TokenLine, asked: EnrolRequest, now: datetime) -> EnrolAnswer:
        with self.open_store() as store:
            key, added_ms = base64.b64decode(asked.signing_key), int(now.timestamp() * 1000)
            if token.replaces:
                self._replace(store, token, key, added_ms, now)
            else:
                store.add_device(
                    token.site, token.device, key, test_site=token.test_site, added_ms=added_ms
                )
        certificate = self._issue(holders.device(token.site, token.device), asked, now)
        log.info(
            "%s/%s enrolled, certificate until %s",
            token.site,
            token.device,
            certificate.not_valid_after_utc,
        )
        return EnrolAnswer(
            v=VERSION,
            site=token.site,
            device=token.device,
            certificate=_der(certificate),
            root=_der(authority.root_certificate(self.directory)),
            broker_host=self.broker_host,
            broker_port=self.broker_port,
        )

    def _replace(
        self, store: Store, token: TokenLine, key: bytes, now_ms: int, now: datetime
    ) -> None:
        """Let a box take the place of another.

        Before it gets a certificate those of the other are revoked.
        """
        with store.transaction() as transaction:
            news = transaction.devices.replace(token.site, token.device, key, now_ms)
        holder = holders.device(token.site, token.device)
        if news and any(
            (one.site, one.name) == (token.site, token.device)
            for one in authority.Authority(self.directory).current()
        ):
            count = authority.Authority(self.directory).revoke(holder, now=now)
            log.info(
                "%s: %d certificates of the box before revoked; copy crl.pem to the broker",
                holder.name,
                count,
            )

    def _issue(
        self, holder: holders.Holder, asked: EnrolRequest, now: datetime
    ) -> x509.Certificate:
        with tempfile.TemporaryDirectory(prefix="enrol-") as name:
            request, out = Path(name) / "request.pem", Path(name) / "out"
            body = base64.encodebytes(base64.b64decode(asked.request)).decode("ascii")
            request.write_text(
                f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n",
                "ascii",
            )
            authority.Authority(self.directory).issue(
                holder, out=out, days=self.days, now=now, request=request
            )
            return x509.load_pem_x509_certificate((out / f"{holder.file_name}.pem").read_bytes())


def create_app(enrolment: Enrolment) -> FastAPI:
    """Return the questions that a blank box asks."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    one_at_a_time, refusals = threading.Lock(), Refusals()

    def enrol(asked: EnrolRequest) -> EnrolAnswer:
        with one_at_a_time:
            return enrolment.enrol(asked, datetime.now(UTC))

    @app.get("/v1/root")
    def get_root() -> Response:
        """The root, DER.

        The box believes it only if it has the fingerprint that its token names.
        """
        return Response(
            base64.b64decode(_der(authority.root_certificate(enrolment.directory))),
            media_type="application/pkix-cert",
        )

    @app.get("/v1/chain")
    def get_chain() -> Response:
        """The issuing certificates. The box believes one only if that root signed it."""
        return Response(
            enrolment.chain(datetime.now(UTC)), media_type="application/pem-certificate-chain"
        )

    @app.post("/v1/enrol")
    async def post_enrol(request: Request) -> Response:
        """Redeem a token."""
        peer = peer_of(request.client.host if request.client is not None else "")
        if (wait_s := refusals.wait_s(peer, time.monotonic())) > 0.0:
            # Before anything is read or looked up: that is what it spares.
            return Response(status_code=TOO_MANY, headers={"Retry-After": str(math.ceil(wait_s))})
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > ENVELOPE_BYTES_MAX:
                return Response(status_code=TOO_LARGE)
        try:
            # Not in the loop that answers everyone: a certificate takes a while, and each is made
            # after the other.
            answer = await run_in_threadpool(enrol, decode(EnrolRequest, bytes(body)))
        except (FusionError, ContractError, ValueError) as error:
            log.warning("refused %s: %s", peer, error)
            refusals.note(peer, time.monotonic())
            enrolment.write_down("unknown", Result.REFUSED, peer, str(error))
            why = error.why if isinstance(error, TokenRefusedError) else None
            return Response(
                encode(EnrolRefusal(VERSION, why)) if why is not None else b"", status_code=REFUSED
            )
        refusals.forgive(peer)
        enrolment.write_down(f"{answer.site}/{answer.device}", Result.DONE, peer, "")
        return Response(encode(answer), media_type="application/json")

    return app


def serve(enrolment: Enrolment, *, host: str, port: int, certificate: Path, key: Path) -> None:
    """Serve until a signal comes. TLS 1.3 only.

    Raises IdentityError where certificate or key will not do.
    """
    tls = RenewedContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    keep_private(key, error=IdentityError, group_may_read=True)
    try:
        tls.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        advice = "name what fusion-service ca server wrote, as a user who may read the key"
        raise IdentityError(
            f"{certificate} and {key}: {error.strerror or error}; {advice}"
        ) from error
    settings = uvicorn.Config(
        create_app(enrolment),
        host=host,
        port=port,
        http=protocol(Connections(), tls),
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
    )
    named = ", ".join(_names(certificate))
    log.info(
        "boxes may enrol at https://%s:%d; the certificate is for %s, and boxes ask one of these",
        host,
        port,
        named,
    )
    uvicorn.Server(settings).run()


def _der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode("ascii")


def _names(path: Path) -> list[str]:
    """Return the host names and addresses that a certificate is good for."""
    certificate = files.read_certificate(path)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise IdentityError(
            f"{path}: names no host; name what fusion-service ca server wrote"
        ) from None
    return [
        str(name)
        for kind in (x509.DNSName, x509.IPAddress)
        for name in found.get_values_for_type(kind)
    ]
