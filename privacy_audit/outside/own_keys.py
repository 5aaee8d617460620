# SPDX-License-Identifier: Apache-2.0
"""Are the keys of a box its own? Make keys as an installer does, several times, and compare.

Twice in the same folder under the same name, so that nothing but chance can tell the two apart; at
the same moment; and by enrolling two boxes at a real enrolment service. Two that agree, in whole or
in part, are no two boxes' own. What each key could have been made from (names, paths, the other
key) is tried out as well: the audit knows all of it, and so would anyone.
"""

import base64
import hashlib
import hmac
import platform
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from edge_agent.errors import ProcessError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.target.box import AuditedBox, until
from privacy_audit.target.broker import HOST, Identities, call, find_program, free_port

PART = "own keys"
_SUBJECT = "edge-agent keygen and edge-agent enrol, run here as an installer does"
AT_ONCE = 3
"""Keys made at the same moment, as far as this machine goes."""
APART_BITS_MIN = 72
"""Of 256 bits two keys drawn by chance differ in 128, give or take 8: in fewer than this once in
10^12 pairs."""
DIFFERENT_BYTES_MIN = 18
"""Of 32 bytes drawn by chance fewer than so many are different once in 10^12 keys."""
SERVES_WITHIN_S = 30.0
Keys = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Made:
    """The keys of one installation.

    It says how they were made, their names, and what about it others know too.
    """

    how: str
    keys: Keys
    known: dict[str, bytes]


def look(box: AuditedBox) -> list[Finding]:
    """Make keys in both ways that there are; compare them with each other and with the box's."""
    folder = box.folder / "own-keys"
    folder.mkdir(mode=0o700)
    made = [*_made_by_keygen(folder), *_enrolled(folder)]
    with suppress(OSError):
        made.append(
            _read("the box that is audited", box.config.keys.directory, {"name": _name(box)})
        )
    wrong = faults(made)
    detail = (
        f"{len(made)} installations, two of them in the same folder and two enrolled: "
        f"{sum(len(one.keys) for one in made)} keys"
    )
    if wrong:
        return [_finding(Verdict.FELL, f"{detail}; {wrong[0]} ({len(wrong)} such)")]
    return [
        _finding(
            Verdict.TWIN,
            f"{detail}, no two of which agree, none of which follows from what others know",
        )
    ]


def faults(made: list[Made]) -> list[str]:
    """Return what is wrong with these keys; empty where each is its own."""
    keys = [(one.how, name, key) for one in made for name, key in one.keys.items()]
    # What is wrong with a key alone comes first: it explains what two of that kind have in common.
    wrong = [f"the {name} of {how} was not drawn by chance: {len(set(key))} different bytes"
             for how, name, key in keys if len(set(key)) < DIFFERENT_BYTES_MIN]  # fmt: skip
    wrong += [
        f"one {name} for two boxes: {one}; {other}"
        if key == same
        else f"two keys differ in too few bits: {name} of {one}, {second} of {other}"
        for (one, name, key), (other, second, same) in combinations(keys, 2)
        if len(key) == len(same)
        and (int.from_bytes(key) ^ int.from_bytes(same)).bit_count() < APART_BITS_MIN
    ]
    wrong += [
        f"the {name} of {one.how} follows from {source}"
        for one in made
        for name, source in _followed(one)
    ]
    return wrong


def _followed(made: Made) -> Iterator[tuple[str, str]]:
    """Yield each key that is made of something known.

    It may be a name, a path, this machine, or another key of the same box.
    """
    known = {**made.known, **_of_this_machine(), **made.keys}
    for name, key in made.keys.items():
        for source, content in known.items():
            if source != name and key in _derived(content):
                yield name, source


def _derived(content: bytes) -> set[bytes]:
    """Return the 32-byte keys that somebody would make of some content."""
    kinds: tuple[Callable[[bytes], bytes], ...] = (
        lambda raw: hashlib.sha256(raw).digest(),
        lambda raw: hashlib.sha512(raw).digest()[:32],
        lambda raw: hashlib.sha3_256(raw).digest(),
        lambda raw: hashlib.blake2b(raw, digest_size=32).digest(),
        lambda raw: hashlib.blake2s(raw).digest(),
        lambda raw: hmac.digest(raw, b"", "sha256"),
        lambda raw: hmac.digest(b"", raw, "sha256"),
        lambda raw: raw.ljust(32, b"\0")[:32],
        lambda raw: bytes(reversed(raw))[:32],
    )
    forms = {content, content.strip(), content.hex().encode(), base64.b64encode(content)}
    return {kind(form) for kind in kinds for form in forms}


def _of_this_machine() -> dict[str, bytes]:
    known = {"nothing": b"", "the name of this machine": platform.node().encode()}
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        with suppress(OSError):
            known[path] = Path(path).read_bytes().strip()
    return known


def _made_by_keygen(folder: Path) -> list[Made]:
    """Make keys twice in one folder, and several times at once elsewhere."""

    def make(path: Path, how: str) -> Made:
        call("edge-agent", "keygen", str(path))
        return _read(how, path, {"its folder": str(path).encode()})

    with ThreadPoolExecutor(AT_ONCE) as threads:
        apart = [
            threads.submit(make, folder / f"at-once-{number}", f"keygen {number} at once")
            for number in range(AT_ONCE)
        ]
        same = folder / "keys"
        first = make(same, "keygen in a folder")
        same.rename(folder / "keys-before")
        return [
            first,
            make(same, "keygen in the same folder again"),
            *(one.result() for one in apart),
        ]


def _enrolled(folder: Path) -> list[Made]:
    """Enrol two boxes at the centre's own service, one after the other in the same folder."""
    with _office(folder) as (url, authority):
        found = []
        for name in ("one", "two"):
            directory, token = folder / "enrolled", folder / f"{name}.token"
            token.write_text(
                call(
                    "fusion-service", "enrol-token", f"audit/{name}", "--ca", str(authority)
                ).strip(),
                "ascii",
            )
            call(
                "edge-agent",
                "enrol",
                url,
                "--token",
                str(token),
                "--directory",
                str(directory),
                "--json",
            )
            made = _read(
                f"enrolment of audit/{name}", directory / "keys", {"name": f"audit/{name}".encode()}
            )
            made.keys["TLS key"] = _public_half(directory / "tls" / "device.key")
            found.append(made)
            directory.rename(folder / f"enrolled-{name}")
        return found


@contextmanager
def _office(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the enrolment service for as long as the block lasts.

    Give its address and the authority's folder.
    """
    identities, port = Identities(folder), free_port()
    authority, server = identities.ca, identities.server()
    settings, log = folder / "fusion.toml", folder / "enrol.log"
    settings.write_text('[store]\npath = "fusion.sqlite"\n', "utf-8")
    shown = ("--certificate", str(server / "broker.pem"), "--key", str(server / "broker.key"))
    at = ("--config", str(settings), "--ca", str(authority), "--port", str(port))
    command = [find_program("fusion-service"), "enrol-serve", *at, *shown]
    command += ["--broker", f"{HOST}:8883"]
    with log.open("wb") as words:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words)  # noqa: S603 - ours
    try:
        if not until(
            lambda: b"running on" in log.read_bytes() or running.poll() is not None,
            within_s=SERVES_WITHIN_S,
        ):
            raise ProcessError(
                f"fusion-service enrol-serve: did not come up within {SERVES_WITHIN_S:.0f} s; see "
                f"{log}"
            )
        yield f"https://{HOST}:{port}", authority
    finally:
        running.terminate()
        running.wait()


def _read(how: str, directory: Path, known: dict[str, bytes]) -> Made:
    """Read the secrets of a box. Raises OSError where they are not ours to read."""
    signing, noise = (
        base64.b64decode((directory / name).read_text("ascii"))
        for name in ("signing.key", "noise.key")
    )
    public = Ed25519PrivateKey.from_private_bytes(signing).public_key().public_bytes_raw()
    return Made(
        how,
        {"signing key": signing, "noise key": noise},
        {**known, "the public half of its signing key": public},
    )


def _public_half(path: Path) -> bytes:
    """Return the one coordinate that names an elliptic curve's key.

    Raises ProcessError where it is no such key.
    """
    try:
        public = load_pem_private_key(path.read_bytes(), password=None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ProcessError(f"{path}: no key of a box: {error}") from error
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-64:-32]


def _name(box: AuditedBox) -> bytes:
    return f"{box.config.site}/{box.config.device}".encode()


def _finding(verdict: Verdict, detail: str) -> Finding:
    """Return a finding; keys are compared, and nothing is tried that something could refuse."""
    return Finding(PART, "keys of two boxes", Mechanism.OWN_KEYS, _SUBJECT, verdict, detail)
