# SPDX-License-Identifier: Apache-2.0
"""Examine the certificate of a box, and the root that it trusts."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from edge_agent.clock import Clock
from edge_agent.config.schema import Config
from edge_agent.errors import StoreError
from edge_agent.keys import check_private
from edge_agent.operations.doctor.diagnosis import State, Subject
from edge_agent.processes.launch import outbox_path
from edge_agent.uplink.certificates import RENEWED

CERTIFICATE_DAYS_LOW = 9
"""A renewal comes with ten days left; with fewer something is in its way."""
ROOT_DAYS_LOW = 60
"""The centre is warned of its root a year before; nothing but enrolling the box again brings it
another."""


def examine_certificate(config: Config, _clock: Clock) -> Subject:
    """Judge the certificate that ends last: the enrolled one, or what came over the broker."""
    broker = config.broker
    if broker.certificate_file is None or broker.key_file is None:
        return Subject("certificate", State.FINE, "none: the broker is on this machine")
    check_private(broker.key_file)
    now = datetime.now(UTC)
    renewed = (outbox_path(config).parent / name for name in RENEWED)
    read = map(_read, (broker.certificate_file, *renewed))
    known = [certificate for certificate in read if certificate is not None]
    if not known:
        return Subject(
            "certificate",
            State.BROKEN,
            f"{broker.certificate_file}: is no certificate",
            "edge-agent enrol --again",
        )
    newest = max(known, key=lambda one: one.not_valid_after_utc)
    state, found, do = _judge(newest, now)
    own = Subject("certificate", state, found, do)
    return _with_root(own, broker.ca_file, now) if state is State.FINE else own


def _judge(newest: x509.Certificate, now: datetime) -> tuple[State, str, str]:
    """Return how a certificate stands, what was found and what to do."""
    days = (newest.not_valid_after_utc - now).total_seconds() / 86_400
    until = f"{days:.1f} days left, until {newest.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if days <= 0:
        do = "a new token, and edge-agent enrol --again; or the clock is wrong"
        return State.BROKEN, until, do
    if newest.not_valid_before_utc > now:
        begins = f"begins only on {newest.not_valid_before_utc} UTC"
        return State.BROKEN, begins, "set the clock"
    if days < CERTIFICATE_DAYS_LOW:
        return State.LOOK, until, "the centre is to run fusion-service renew"
    return State.FINE, until, ""


def _with_root(own: Subject, path: Path | None, now: datetime) -> Subject:
    """Say of a good certificate how long its root is good, which no renewal replaces."""
    root = None if path is None else _read(path)
    if root is None:
        return Subject(
            "certificate",
            State.BROKEN,
            f"{path}: is no certificate of a root",
            "edge-agent enrol --again",
        )
    days = (root.not_valid_after_utc - now).total_seconds() / 86_400
    found = f"{own.found}; its root for {days:.0f} days"
    if days >= ROOT_DAYS_LOW:
        return replace(own, found=found)
    state = State.LOOK if days > 0 else State.BROKEN
    return Subject(
        "certificate",
        state,
        found,
        "the centre needs a new root, and this box edge-agent enrol --again under it",
    )


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; run as a user who may read it") from error
    except ValueError:
        return None
