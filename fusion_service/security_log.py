# SPDX-License-Identifier: Apache-2.0
"""Write down who changed what, a JSON line an act: time, action, object, result, origin, actor.

Rule 1: the lines lie beside what was changed, in files of mode 0600 that belong to whoever owns the
folder. Rule 2: they are bounded: a full file moves aside, and the oldest of them goes. Rule 3: what
strangers cause lies in files of its own, so that no flood of it pushes out what our own people did.
Rule 4: a log that cannot be written is told on stderr and stops nothing: a lost box is refused all
the same.
"""

import errno
import fcntl
import json
import os
import pwd
import socket
import stat
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

COMMANDS, REFUSED = "security.log", "security-refused.log"
"""What was done here, and what was refused to strangers."""
FILE_BYTES_MAX = 1024 * 1024
"""Some 3,000 lines."""
FILES_MAX = 10
TEXT_MAX = 300
"""Characters of one value; a longer one is cut."""
MODE, OTHERS = 0o600, 0o077
JOURNAL = Path("/run/systemd/journal/socket")
_PRIORITY_NOTICE, _FACILITY_AUTHPRIV = 5, 10
_LOGIN_UNSET = 2**32 - 1
_OPEN_TRIES = 20
"""Each means that another process moved the file aside between our opening and our holding it."""


class Result(StrEnum):
    """What an act came to."""

    BEGUN = "begun"
    """Without a later line of the same process, it was cut short."""
    DONE = "done"
    REFUSED = "refused"
    """It could not be, for a named reason; what was changed before that, the message says."""
    FAILED = "failed"
    """It ended by a fault that has no name here."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line. object: what was acted on; detail: options, or why it was refused."""

    action: str
    object: str
    result: Result
    origin: str
    actor: str
    detail: str = ""


def record(act: Act, folders: tuple[Path, ...], *, name: str = COMMANDS) -> None:
    """Write an act into each folder that is there, and to the system's journal where one is."""
    fields = {key: value[:TEXT_MAX] for key, value in asdict(act).items()}
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"time": time, **fields, "process": os.getpid()})
    _tell_journal(line)
    for folder in folders:
        if not folder.is_dir():
            continue
        try:
            _append(folder, name, line.encode("ascii") + b"\n")
        except OSError as error:
            why = f"{folder / name}: {error.strerror or error}"
            sys.stderr.write(f"fusion-service: {why}; not written: {line}\n")


def own_actor() -> str:
    """Return as whom this process runs; where the kernel knows, also who had logged in before."""
    actor = _user_name(os.getuid())
    try:
        login = int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        return actor
    logged_in = "" if login == _LOGIN_UNSET else _user_name(login)
    return actor if logged_in in {"", actor} else f"{actor}, logged in as {logged_in}"


def own_origin() -> str:
    """Return from where this process was started: its unit or session, and its terminal."""
    try:
        group = Path("/proc/self/cgroup").read_text("utf-8").strip().rpartition("/")[2]
    except (OSError, ValueError):
        group = ""
    unit = group if group.endswith((".service", ".scope")) else ""
    try:
        terminal = os.ttyname(0)
    except OSError:
        terminal = ""
    return ", ".join(filter(None, (unit, terminal))) or "this machine"


def _append(folder: Path, name: str, line: bytes) -> None:
    """Add a line; it is on the disk before this returns."""
    path = folder / name
    descriptor = _opened(path)
    try:
        if os.fstat(descriptor).st_size + len(line) > FILE_BYTES_MAX:
            _move_aside(path)
            os.close(descriptor)
            descriptor = _opened(path)
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open the file under its name and hold it; mend its mode and owner."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    for _ in range(_OPEN_TRIES):
        descriptor = os.open(path, flags, MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_named(descriptor, path):
                _mend(descriptor, path.parent)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise OSError(errno.ELOOP, "is moved away again and again")


def _is_named(descriptor: int, path: Path) -> bool:
    """Say whether the name still leads to this file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _mend(descriptor: int, folder: Path) -> None:
    """Close the file to others, and give it to the folder's owner.

    Raises OSError where it is none.
    """
    mine, owner = os.fstat(descriptor), folder.stat()
    if not stat.S_ISREG(mine.st_mode):
        raise OSError(errno.EINVAL, "is no file; move it away")
    if mine.st_mode & OTHERS:
        os.fchmod(descriptor, MODE)
    if os.geteuid() == 0 and owner.st_uid != mine.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _move_aside(path: Path) -> None:
    """Number the full files, newest 1; the oldest goes."""
    numbered = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, FILES_MAX))]
    for older, newer in zip(reversed(numbered), reversed(numbered[:-1]), strict=False):
        if newer.exists():
            newer.replace(older)


def _tell_journal(line: str) -> None:
    """Hand the line to the system's journal; where there is none, the file has it."""
    fields = {
        "MESSAGE": line,
        "PRIORITY": str(_PRIORITY_NOTICE),
        "SYSLOG_IDENTIFIER": "fusion-service",
        "SYSLOG_FACILITY": str(_FACILITY_AUTHPRIV),
    }
    sent = "".join(f"{key}={value}\n" for key, value in fields.items()).encode("utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.setblocking(False)  # noqa: FBT003 - the socket's own way to say it
        try:
            journal.sendto(sent, str(JOURNAL))
        except OSError:
            return


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
