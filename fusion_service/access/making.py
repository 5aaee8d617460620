# SPDX-License-Identifier: Apache-2.0
"""Make people and keys: what is kept of each, and what is shown of it once.

Each change and its entry in the access log go together.
"""

import re
import secrets
import uuid
from dataclasses import dataclass

from fusion_service.access import secret_text
from fusion_service.access.one_time_code import SECRET_BYTES
from fusion_service.access.roles import EVERYWHERE, KEY_ROLES, PERSON_ROLES, Role
from fusion_service.errors import AccessError
from fusion_service.ledger.access_log import CENTRE, COMMAND, Action, Draft, Outcome
from fusion_service.store.access import AccessKeeper, Credentials, KeyRow, PersonRow

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PLACE = re.compile(r"[a-z0-9-]{1,32}(/[a-z0-9-]{1,64})?")
LANGUAGES = ("nl", "en")
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person or key is to be. scope: sites, or zones of them as `site/zone`."""

    name: str
    role: str
    organisation: str
    scope: tuple[str, ...] = (EVERYWHERE,)
    language: str = "nl"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person gets in with: shown once, kept by nobody else. totp: None of a sealed one."""

    person_id: str
    password: str
    totp: bytes | None
    recovery: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, by a command, and when."""

    name: str
    now_ms: int


def check_person(wanted: Wanted) -> None:
    """Raise AccessError where a person cannot be so: before a password is asked for."""
    _checked(wanted, PERSON_ROLES)


def add_person(keeper: AccessKeeper, wanted: Wanted, password: str, by: By) -> Shown:
    """Add a person. An empty password is made here. Raises AccessError where it cannot be."""
    role, scope = _checked(wanted, PERSON_ROLES)
    shown, given = _credentials(str(uuid.uuid4()), role, password)
    row = PersonRow(
        shown.person_id,
        wanted.name,
        role,
        wanted.organisation,
        scope,
        wanted.language,
        given.password,
        given.totp,
        by.now_ms,
        recovery=given.recovery,
    )
    if not keeper.keep_person(row):
        raise AccessError(
            f"{wanted.name}: is somebody's already; name another, or reset or disable that one"
        )
    _write(keeper, by, Action.ADD_PERSON, row.id, row.organisation, wanted.name)
    return shown


def reset_person(keeper: AccessKeeper, login: str, password: str, by: By) -> Shown:
    """Give a person new credentials, and end their sessions; a sealed account is sealed anew."""
    row = found_person(keeper, login)
    shown, given = _credentials(row.id, Role(row.role), password)
    keeper.give_credentials(row.id, given)
    _write(keeper, by, Action.RESET_PERSON, row.id, row.organisation, login)
    return shown


def disable_person(keeper: AccessKeeper, login: str, by: By) -> None:
    """Let a person in no more, for good."""
    row = found_person(keeper, login)
    keeper.disable_person(row.id, by.now_ms)
    _write(keeper, by, Action.DISABLE_PERSON, row.id, row.organisation, login)


def add_key(keeper: AccessKeeper, wanted: Wanted, days: int | None, by: By) -> str:
    """Add a key and return it. Raises AccessError where it cannot be."""
    key = secret_text.new_key()
    keep_key(keeper, key, wanted, days, by)
    return key


def keep_key(keeper: AccessKeeper, key: str, wanted: Wanted, days: int | None, by: By) -> KeyRow:
    """Keep a key that is there. Raises AccessError where it cannot be."""
    role, scope = _checked(wanted, KEY_ROLES)
    row = KeyRow(
        str(uuid.uuid4()),
        wanted.name,
        secret_text.hash_of(key),
        role,
        wanted.organisation,
        scope,
        by.now_ms,
        ends_ms=None if days is None else by.now_ms + days * DAY_MS,
    )
    if not keeper.keep_key(row):
        raise AccessError(f"{wanted.name}: a key has this name; revoke it, or name another")
    _write(keeper, by, Action.ADD_KEY, row.id, row.organisation, "")
    return row


def revoke_key(keeper: AccessKeeper, name: str, by: By) -> None:
    """Let a key open nothing more, for good. Raises AccessError where there is none."""
    used = (one for one in keeper.all_keys() if one.revoked_ms is None)
    row = next((one for one in used if one.name == name), None)
    if row is None:
        raise AccessError(f"{name}: no key of this name is in use; fusion-service key list has all")
    keeper.revoke_key(row.id, by.now_ms)
    _write(keeper, by, Action.REVOKE_KEY, row.id, row.organisation, "")


def found_person(keeper: AccessKeeper, login: str) -> PersonRow:
    """Return who has a login. Raises AccessError for nobody."""
    row = keeper.person(login)
    if row is None:
        raise AccessError(f"{login}: is nobody's login; fusion-service person list has everybody")
    return row


def _credentials(person_id: str, role: Role, password: str) -> tuple[Shown, Credentials]:
    if role is Role.BREAK_GLASS and password:
        raise AccessError(
            "password: got one for a sealed account, wanted none: it is made here, for an envelope"
        )
    password = password or secret_text.new_password()
    if (fault := secret_text.password_fault(password)) is not None:
        raise AccessError(f"password: {fault}")
    is_sealed = role is Role.BREAK_GLASS
    totp = None if is_sealed else secrets.token_bytes(SECRET_BYTES)
    recovery = () if is_sealed else secret_text.new_recovery_codes()
    hashes = tuple(secret_text.hash_of(code) for code in recovery)
    given = Credentials(secret_text.hash_password(password), totp, hashes)
    return Shown(person_id, password, totp, recovery), given


def _checked(wanted: Wanted, roles: frozenset[Role]) -> tuple[Role, str]:
    if not _NAME.fullmatch(wanted.name):
        raise AccessError(f"name: got {wanted.name[:80]!r}, wanted 1 to 64 of a-z 0-9 . _ -")
    if wanted.role not in roles:
        names = ", ".join(sorted(roles))
        raise AccessError(f"role: got {wanted.role[:40]!r}, wanted one of {names}")
    for place in wanted.scope:
        if place != EVERYWHERE and not _PLACE.fullmatch(place):
            raise AccessError(
                f"scope: got {place[:80]!r}, wanted * for everywhere, a site, or site/zone"
            )
    if not wanted.scope or not wanted.organisation.strip():
        raise AccessError("scope and organisation: got nothing, wanted where and whose")
    if wanted.language not in LANGUAGES:
        raise AccessError(f"language: got {wanted.language[:8]!r}, wanted {' or '.join(LANGUAGES)}")
    return Role(wanted.role), " ".join(sorted(set(wanted.scope)))


def _write(
    keeper: AccessKeeper, by: By, action: Action, what: str, organisation: str, name: str
) -> None:
    texts = tuple((key, text) for key, text in (("by", by.name), ("name", name)) if text)
    keeper.append(
        [Draft(by.now_ms, COMMAND, action, Outcome.DONE, what, organisation or CENTRE, texts)]
    )
