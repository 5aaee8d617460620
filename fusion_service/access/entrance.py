# SPDX-License-Identifier: Apache-2.0
"""Who gets in: log-in, sessions and keys, over what is kept of them.

Rule 1: a refusal does not say which part was wrong, and takes as long for whoever is not known.
Rule 2: refusals slow down their address and their account; one log-in is worked on at a time, and a
few may wait. Rule 3: what is known of somebody is read anew at each request, so that who is
disabled or revoked is out at once. Rule 4: what strangers cause is written to the file for
strangers, and only what concerns a known account to the access log.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from fusion_service.access import one_time_code
from fusion_service.access.refusals import Refusals
from fusion_service.access.roles import Identity, Role
from fusion_service.access.secret_text import (
    KEY_TEXT_MAX,
    hash_of,
    is_password,
    new_session,
)
from fusion_service.access.sessions import (
    NOTED_MS,
    identity_of,
    is_key_open,
    is_over,
)
from fusion_service.access.sessions import new_session as session_of
from fusion_service.ledger.access_log import CENTRE, DAY_MS, Action, Draft, Outcome
from fusion_service.security_log import REFUSED, Act, Result, record
from fusion_service.store.access import AccessKeeper, KeyRow, PersonRow, SessionRow

WAITING_MAX = 8
"""Log-ins that wait while one is worked on: half a second of them."""
BUSY_S = 2.0
EXPIRE_EVERY_MS = 3_600_000
log = logging.getLogger(__name__)


class Why(StrEnum):
    """Why nobody was let in."""

    WRONG = "wrong"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Granted:
    """A log-in. secret: for the cookie, kept nowhere."""

    secret: str
    identity: Identity
    ends_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """No log-in. wait_s: how long nobody is listened to."""

    why: Why
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives to be let in. code: of the app, or a recovery code."""

    login: str
    password: str
    code: str
    peer: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """The centre's clock, UTC in ms, and one that is never set, in s."""

    now_ms: Callable[[], int]
    monotonic_s: Callable[[], float]


@dataclass(slots=True)
class Entrance:
    """Everybody who comes in comes in here. Safe for many threads.

    folder: where the security log lies.
    """

    keeper: AccessKeeper
    clocks: Clocks
    folder: Path
    _addresses: Refusals = field(default_factory=Refusals)
    _accounts: Refusals = field(default_factory=Refusals)
    _guessed_keys: Refusals = field(default_factory=Refusals)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(WAITING_MAX)
    )
    _expired_ms: int = 0

    def log_in(self, given: Given) -> Granted | Refused:
        """Let a person in by password and one-time code."""
        with self._turn() as is_mine:
            if not is_mine:
                return Refused(Why.WAIT, BUSY_S)
            if (wait_s := self._wait_s(given.peer, given.login)) > 0.0:
                return Refused(Why.WAIT, wait_s)
            person = self.keeper.person(given.login)
            is_right = is_password(given.password, person.password if person else None)
            if person is None or not is_right or not self._spend_code(person, given.code):
                self._refuse(given, person)
                return Refused(Why.WRONG)
            self._addresses.forgive(given.peer)
            self._accounts.forgive(given.login)
            return self._let_in(person, given.peer)

    def pair(self, key: str, peer: str) -> Granted | Refused:
        """Pair a screen, once, by the key that was made for it."""
        row = self.keeper.key(hash_of(key[:KEY_TEXT_MAX]))
        now_ms, secret = self.clocks.now_ms(), new_session()
        if row is None or row.role != Role.WALL_SCREEN or not is_key_open(row, now_ms):
            return self._refuse_key(peer)
        session = session_of(hash_of(secret), row, now_ms)
        if not self.keeper.pair(row.id, session):
            return self._refuse_key(peer)
        self._write(row.id, row.organisation, Action.PAIR, Outcome.DONE, row.id, peer=peer)
        return Granted(secret, identity_of(row), session.ends_ms)

    def by_session(self, secret: str) -> Identity | None:
        """Return who a cookie's session belongs to; None where it belongs to nobody now."""
        session = self.keeper.session(hash_of(secret))
        if session is None:
            return None
        now_ms, holder = self.clocks.now_ms(), self._holder(session)
        if holder is None or is_over(session, now_ms):
            self.keeper.end_session(session.sha256)
            return None
        if now_ms - session.used_ms >= NOTED_MS:
            self.keeper.use_session(session.sha256, now_ms)
        return identity_of(holder)

    def by_key(self, key: str, peer: str) -> Identity | Refused:
        """Return whose a key is. A right one is never made to wait."""
        row, now_ms = self.keeper.key(hash_of(key[:KEY_TEXT_MAX])), self.clocks.now_ms()
        # The key of a screen pairs, and opens nothing by itself.
        if row is None or row.role == Role.WALL_SCREEN or not is_key_open(row, now_ms):
            return self._refuse_key(peer)
        used_ms = row.used_ms or 0
        if now_ms - used_ms >= NOTED_MS:
            self.keeper.use_key(row.id, now_ms)
        if now_ms // DAY_MS != used_ms // DAY_MS:
            self._write(row.id, row.organisation, Action.USE_KEY, Outcome.DONE, row.id, peer=peer)
        self._expire(now_ms)
        return identity_of(row)

    def log_out(self, secret: str, who: Identity) -> None:
        """End a session; its cookie is worth nothing from now on."""
        self.keeper.end_session(hash_of(secret))
        self._write(who.id, who.organisation, Action.LOG_OUT, Outcome.DONE, who.id)

    def end(self, secret: str) -> None:
        """End the session of a cookie that another takes the place of."""
        self.keeper.end_session(hash_of(secret))

    def note_denied(self, who: Identity, what: str, peer: str) -> None:
        """Write down that somebody known was refused what they may not; seldom of one."""
        place, now_s = f"{who.id} {what}", self.clocks.monotonic_s()
        if self._guessed_keys.wait_s(place, now_s) > 0.0:
            return
        self._guessed_keys.note(place, now_s)
        self._write(who.id, who.organisation, Action.DENIED, Outcome.REFUSED, what, peer=peer)

    def note_done(
        self, who: Identity, action: Action, what: str, peer: str, reason: str = ""
    ) -> None:
        """Write down what somebody changed, and why where they said."""
        said = {"reason": reason} if reason else {}
        self._write(who.id, who.organisation, action, Outcome.DONE, what, peer=peer, **said)

    def alarm(self) -> str:
        """Say that a sealed account was used and not sealed again; else nothing."""
        broken = self.keeper.broken_seals()
        if not broken or (opened_ms := broken[0].opened_ms) is None:
            return ""
        at = datetime.fromtimestamp(opened_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"a break-glass account was used at {at}; fusion-service person reset seals it anew"

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Wait for one's turn; False where too many do."""
        if not self._waiting.acquire(blocking=False):
            yield False
            return
        try:
            with self._lock:
                yield True
        finally:
            self._waiting.release()

    def _wait_s(self, peer: str, login: str) -> float:
        now_s = self.clocks.monotonic_s()
        return max(self._addresses.wait_s(peer, now_s), self._accounts.wait_s(login, now_s))

    def _spend_code(self, person: PersonRow, code: str) -> bool:
        """Use a code of the app or a recovery code; a sealed account asks for none."""
        if person.totp is None:
            return person.role == Role.BREAK_GLASS
        now_s = self.clocks.now_ms() // 1000
        step = one_time_code.matching_step(
            person.totp, code, now_s=now_s, after_step=person.totp_step
        )
        if step is not None:
            return self.keeper.spend_step(person.id, step)
        return self.keeper.spend_recovery(person.id, hash_of(code.lower()))

    def _let_in(self, person: PersonRow, peer: str) -> Granted:
        now_ms, secret, who = self.clocks.now_ms(), new_session(), identity_of(person)
        if person.role == Role.BREAK_GLASS:
            self.keeper.break_seal(person.id, now_ms)
            log.critical("a break-glass account was used from %s", peer)
            act = Act("break glass", person.id, Result.DONE, peer, "whoever broke the seal")
            record(act, (self.folder,))
        session = session_of(hash_of(secret), person, now_ms)
        self.keeper.begin_session(session)
        action = Action.BREAK_GLASS if person.role == Role.BREAK_GLASS else Action.LOG_IN
        texts = {"name": person.login, "peer": peer}
        self._write(person.id, who.organisation, action, Outcome.DONE, person.id, **texts)
        return Granted(secret, who, session.ends_ms)

    def _refuse(self, given: Given, person: PersonRow | None) -> None:
        now_s = self.clocks.monotonic_s()
        self._addresses.note(given.peer, now_s)
        self._accounts.note(given.login, now_s)
        log.warning("log-in refused, from %s", given.peer)
        account = "an account" if person is None else person.id
        act = Act("log in", account, Result.REFUSED, given.peer, "whoever asks")
        record(act, (self.folder,), name=REFUSED)
        if person is not None:
            self._write(
                person.id,
                person.organisation,
                Action.LOG_IN,
                Outcome.REFUSED,
                person.id,
                peer=given.peer,
            )

    def _refuse_key(self, peer: str) -> Refused:
        now_s = self.clocks.monotonic_s()
        if (wait_s := self._guessed_keys.wait_s(peer, now_s)) > 0.0:
            return Refused(Why.WAIT, wait_s)
        self._guessed_keys.note(peer, now_s)
        log.warning("a key that opens nothing, from %s", peer)
        act = Act("use a key", "unknown", Result.REFUSED, peer, "whoever asks")
        record(act, (self.folder,), name=REFUSED)
        return Refused(Why.WRONG)

    def _holder(self, session: SessionRow) -> PersonRow | KeyRow | None:
        if session.person_id is not None:
            person = self.keeper.person_by_id(session.person_id)
            return None if person is None or person.disabled_ms is not None else person
        key = self.keeper.key_by_id(session.key_id or "")
        is_open = key is not None and is_key_open(key, self.clocks.now_ms())
        return key if is_open else None

    def _write(
        self,
        actor: str,
        organisation: str,
        action: Action,
        outcome: Outcome,
        what: str,
        **texts: str,
    ) -> None:
        draft = Draft(
            self.clocks.now_ms(),
            actor,
            action,
            outcome,
            what,
            organisation or CENTRE,
            tuple(texts.items()),
        )
        self.keeper.append([draft])

    def _expire(self, now_ms: int) -> None:
        if now_ms - self._expired_ms >= EXPIRE_EVERY_MS:
            self._expired_ms = now_ms
            self.keeper.expire(now_ms)
