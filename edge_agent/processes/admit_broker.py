# SPDX-License-Identifier: Apache-2.0
"""Admit the broker that a signed config names.

Believe it, open the firewall for it, and tell the uplink.

Started by the supervisor as `python -I -m edge_agent.processes.admit_broker PLACES`, or by systemd
for the units, whenever the uplink has written down what it heard, and once at the start. It ends
within a second; it holds no socket and no key. What it took last stands in the store's own folder,
which the uplink cannot reach: so a serial number cannot be taken twice, whatever the uplink does.
"""

import contextlib
import hashlib
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from edge_agent.config.signed_config import ConfigRefusedError, Known, read_config
from edge_agent.confinement.broker_wall import let_through
from edge_agent.errors import StoreError
from edge_agent.uplink.broker_files import (
    ADMITTED,
    SIGNED,
    Admitted,
    read_admitted,
    read_plain,
    write_admitted,
)

log = logging.getLogger("edge_agent.processes.admit_broker")


@dataclass(frozen=True, slots=True)
class AdmissionPlaces:
    """Which box this is, where it keeps what, the root that it trusts, and its config's broker."""

    site: str
    device: str
    store: str
    outbox: str
    ca_path: str
    host: str
    port: int

    @property
    def text(self) -> str:
        """The places as an argument."""
        return json.dumps(asdict(self))


def admit(places: AdmissionPlaces, now: datetime) -> Admitted:
    """Look at what the uplink heard and say what holds; open the firewall accordingly.

    Raises StoreError.
    """
    record = Path(places.store) / ADMITTED
    before = read_admitted(record)
    after = _taken(places, before, now)
    brokers = [
        (places.host, places.port),
        (after.host, after.port),
        (after.before_host, after.before_port),
    ]
    after = replace(after, wall=let_through([(host, port) for host, port in brokers if host]))
    if after.wall:
        log.warning("%s", after.wall)
    told = Path(places.outbox) / ADMITTED
    try:
        if after != before:
            write_admitted(record, after)
        if after != read_admitted(told):
            _tell(told, after)
    except OSError as error:
        raise StoreError(
            f"{error.filename}: {error.strerror}; the box goes on with the broker that it has"
        ) from error
    return after


def _taken(places: AdmissionPlaces, before: Admitted, now: datetime) -> Admitted:
    """Return what was admitted before, with what came since."""
    envelope = read_plain(Path(places.outbox) / SIGNED)
    if not envelope:
        return replace(before, refused="")
    try:
        root = x509.load_pem_x509_certificate(Path(places.ca_path).read_bytes())
        known = Known(before.serial, before.sha256)
        config = read_config(
            envelope, root=root, site=places.site, device=places.device, now=now, known=known
        )
    except ConfigRefusedError as error:
        log.warning("%s; the box goes on with the broker that it has", error)
        return replace(before, refused=str(error))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{places.ca_path}: {error}; wanted the root that this box was enrolled with"
        ) from error
    if config is None:
        return replace(before, refused="")
    log.info(
        "signed config %d: the broker is at %s:%d from now on",
        config.serial,
        config.host,
        config.port,
    )
    sha256 = hashlib.sha256(envelope).hexdigest()
    return Admitted(
        config.serial, sha256, config.host, config.port, config.ends_s, before.host, before.port
    )


def _tell(path: Path, admitted: Admitted) -> None:
    """Write what holds for the uplink, in the group of the folder, which is its own."""
    write_admitted(path, admitted)
    with contextlib.suppress(PermissionError):
        os.chown(path, -1, path.parent.stat().st_gid)


def main(text: str) -> int:
    """Do it once; return the exit code."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    try:
        admit(AdmissionPlaces(**json.loads(text)), datetime.now(UTC))
    except StoreError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
