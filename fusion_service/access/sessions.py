# SPDX-License-Identifier: Apache-2.0
"""How long a log-in lasts. Pure.

A duty is twelve hours, and a session outlives it by an hour. One that lies unused ends sooner; an
open stream of numbers is a use.
"""

from fusion_service.access.roles import Identity, Role, Scope
from fusion_service.store.access import KeyRow, PersonRow, SessionRow

HOUR_MS = 3_600_000
DUTY_MS = 13 * HOUR_MS
IDLE_MS = 2 * HOUR_MS
"""Two hours: a meeting. A page that shows numbers is never idle."""
SCREEN_MS = 400 * 24 * HOUR_MS
"""A screen on a wall is paired once; browsers keep no cookie for longer than 400 days."""
SCREEN_IDLE_MS = 31 * 24 * HOUR_MS
"""A screen that was put away for a month is paired anew."""
NOTED_MS = 60_000
"""How seldom a use is noted: a write a minute of each, at most."""


def new_session(sha256: bytes, holder: PersonRow | KeyRow, now_ms: int) -> SessionRow:
    """Return the session of somebody who was let in."""
    is_person = isinstance(holder, PersonRow)
    lasts_ms, idle_ms = (DUTY_MS, IDLE_MS) if is_person else (SCREEN_MS, SCREEN_IDLE_MS)
    return SessionRow(
        sha256,
        holder.id if is_person else None,
        None if is_person else holder.id,
        begun_ms=now_ms,
        used_ms=now_ms,
        ends_ms=now_ms + lasts_ms,
        idle_ms=idle_ms,
    )


def is_over(session: SessionRow, now_ms: int) -> bool:
    """Say whether a session has ended by time."""
    return now_ms >= session.ends_ms or now_ms >= session.used_ms + session.idle_ms


def identity_of(holder: PersonRow | KeyRow) -> Identity:
    """Return who a person or a key is."""
    role, scope = Role(holder.role), Scope.of(holder.scope)
    if isinstance(holder, KeyRow):
        return Identity(
            id=holder.id,
            is_person=False,
            name=holder.name,
            role=role,
            scope=scope,
            organisation=holder.organisation,
        )
    return Identity(
        id=holder.id,
        is_person=True,
        name=holder.login,
        role=role,
        scope=scope,
        organisation=holder.organisation,
        language=holder.language,
    )


def is_key_open(key: KeyRow, now_ms: int) -> bool:
    """Say whether a key may still open anything."""
    return key.revoked_ms is None and (key.ends_ms is None or now_ms < key.ends_ms)
