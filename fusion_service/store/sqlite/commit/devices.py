# SPDX-License-Identifier: Apache-2.0
"""What becomes of a device: enrolled, lost, renamed, replaced, retired.

A device is a place, not a box: its row, and with it its windows and series, stay the same whatever
box hangs there and whatever it is called. Rule 1: nothing that was committed changes. Rule 2: each
change is one line of the device's history, in the same commit. Rule 3: a key that was replaced
still signs for what it counted until then, in streams of its own, and for nothing else.
"""

import sqlite3

from fusion_service.errors import DeviceError
from fusion_service.registry.history import KEYS_MAX, DeviceEvent, shown_key

CHANGES = "devices_lost_or_found"
"""The count by which a running service learns that a device has changed; named so since version
4."""
LISTS = "fusion-service device list shows who is"


class Devices:
    """Changes to devices, over the connection of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def enrol(self, site: str, device: str, key: bytes, *, test_site: bool, added_ms: int) -> bool:
        """Enrol a device; see `DeviceChanges.enrol`."""
        self._make_site(site, test_site=test_site)
        self._refuse_former(site, device)
        query = "SELECT public_key, retired_ms FROM device WHERE site = ? AND name = ?"
        row = self._execute(query, (site, device)).fetchone()
        if row is None:
            insert = "INSERT INTO device (site, name, public_key, added_ms) VALUES (?, ?, ?, ?)"
            self._execute(insert, (site, device, key, added_ms))
            return True
        if row[1] is not None:
            raise DeviceError(
                f"{site}/{device}: is retired; fusion-service device retire --undo takes the same "
                "box back, fusion-service device replace another one"
            )
        if bytes(row[0]) != key:
            raise DeviceError(
                f"{site}/{device}: is enrolled with another key; fusion-service device replace "
                "puts this box in its place, or give it a new name"
            )
        return False

    def rename(self, before: tuple[str, str], after: tuple[str, str], now_ms: int) -> None:
        """Call a device something else.

        What the box signs and publishes under the old name still counts.

        Raises DeviceError where the old name is unknown, the new one taken, or the sites are not of
        one kind.
        """
        device_id, _, _, _ = self._known(*before)
        query = "SELECT test FROM site WHERE name = ?"
        test_site = bool(self._execute(query, before[:1]).fetchone()[0])
        self._make_site(after[0], test_site=test_site)
        self._refuse_former(*after, but=device_id)
        if (
            self._execute("SELECT 1 FROM device WHERE site = ? AND name = ?", after).fetchone()
            is not None
        ):
            raise DeviceError(f"{'/'.join(after)}: is another device already; choose another name")
        self._execute("UPDATE device SET site = ?, name = ? WHERE id = ?", (*after, device_id))
        # A device that gets a name back that it had is at home under it again.
        self._execute("DELETE FROM former_name WHERE site = ? AND name = ?", after)
        self._execute(
            "INSERT INTO former_name VALUES (?, ?, ?, ?, NULL)", (*before, device_id, now_ms)
        )
        self._note(
            device_id, now_ms, DeviceEvent.RENAMED, f"{'/'.join(before)} to {'/'.join(after)}"
        )

    def retire(self, site: str, device: str, now_ms: int) -> bool:
        """Accept nothing more of a device; False where it was retired already."""
        device_id, _, _, retired_ms = self._known(site, device)
        if retired_ms is not None:
            return False
        self._execute(
            "UPDATE device SET retired_ms = ?, link = NULL, link_boot = NULL, link_ms = NULL "
            "WHERE id = ?",
            (now_ms, device_id),
        )
        self._note(device_id, now_ms, DeviceEvent.RETIRED, "")
        return True

    def reinstate(self, site: str, device: str, now_ms: int) -> bool:
        """Accept a retired device again, with the key that it has; False where it was not."""
        device_id, _, _, retired_ms = self._known(site, device)
        if retired_ms is None:
            return False
        self._execute("UPDATE device SET retired_ms = NULL WHERE id = ?", (device_id,))
        self._note(device_id, now_ms, DeviceEvent.REINSTATED, "")
        return True

    def replace(self, site: str, device: str, key: bytes, now_ms: int) -> bool:
        """Put a box with another key in the place of the one before.

        False where it has this key already.

        Of a box that was lost nothing counts any more; the device itself is neither lost nor
        retired afterwards.
        """
        device_id, before, lost_ms, retired_ms = self._known(site, device)
        if before == key:
            if lost_ms is not None or retired_ms is not None:
                raise DeviceError(
                    f"{site}/{device}: has this key already; fusion-service device found or device "
                    "retire --undo takes the same box back"
                )
            return False
        self._refuse_key(f"{site}/{device}", device_id, key)
        insert = (
            "INSERT INTO former_key (device_id, public_key, until_ms, refused) VALUES (?, ?, ?, ?) "
            "RETURNING id"
        )
        former = self._execute(insert, (device_id, before, now_ms, lost_ms is not None)).fetchone()[
            0
        ]
        self._execute(
            "UPDATE stream SET former_key = ? WHERE device_id = ? AND former_key IS NULL",
            (former, device_id),
        )
        self._execute(
            "UPDATE device SET public_key = ?, lost_ms = NULL, retired_ms = NULL, link = NULL, "
            "link_boot = NULL, link_ms = NULL WHERE id = ?",
            (key, device_id),
        )
        self._note(
            device_id, now_ms, DeviceEvent.REPLACED, f"key {shown_key(before)} by {shown_key(key)}"
        )
        return True

    def set_lost(self, site: str, device: str, lost_ms: int | None, now_ms: int) -> bool:
        """Mark a device as lost, or as found; see `DeviceChanges.set_lost`."""
        device_id, _, before_ms, _ = self._known(site, device)
        if (before_ms is None) == (lost_ms is None):
            return False
        self._execute(
            "UPDATE device SET lost_ms = ?, link = NULL, link_boot = NULL, link_ms = NULL WHERE "
            "id = ?",
            (lost_ms, device_id),
        )
        self._note(
            device_id, now_ms, DeviceEvent.FOUND if lost_ms is None else DeviceEvent.LOST, ""
        )
        return True

    def leave_names(self, device_id: int, now_ms: int) -> None:
        """Note that a device was heard under its own name, and has left those of before."""
        update = "UPDATE former_name SET left_ms = ? WHERE device_id = ? AND left_ms IS NULL"
        if self._execute(update, (now_ms, device_id)).rowcount:
            self._changed()

    def _known(self, site: str, device: str) -> tuple[int, bytes, int | None, int | None]:
        query = "SELECT id, public_key, lost_ms, retired_ms FROM device WHERE site = ? AND name = ?"
        row = self._execute(query, (site, device)).fetchone()
        if row is None:
            raise DeviceError(f"{site}/{device}: is not enrolled here; {LISTS}")
        return int(row[0]), bytes(row[1]), row[2], row[3]

    def _refuse_key(self, name: str, device_id: int, key: bytes) -> None:
        """Raise DeviceError where a key was this device's before, or one more is too many."""
        query = "SELECT public_key FROM former_key WHERE device_id = ?"
        former = [bytes(row[0]) for row in self._execute(query, (device_id,))]
        if key in former:
            raise DeviceError(
                f"{name}: had this key before, and a key is not taken twice; delete the box's keys "
                "and enrol it with new ones"
            )
        if len(former) >= KEYS_MAX:
            raise DeviceError(
                f"{name}: was replaced {len(former)} times, wanted fewer; give the box a new name"
            )

    def _refuse_former(self, site: str, device: str, *, but: int | None = None) -> None:
        query = (
            "SELECT d.id, d.site, d.name FROM former_name f JOIN device d ON d.id = f.device_id "
        )
        row = self._execute(query + "WHERE f.site = ? AND f.name = ?", (site, device)).fetchone()
        if row is not None and row[0] != but:
            raise DeviceError(
                f"{site}/{device}: is what {row[1]}/{row[2]} was called before, and what that box "
                "signed under it still counts; choose another name"
            )

    def _make_site(self, site: str, *, test_site: bool) -> None:
        self._execute("INSERT INTO site VALUES (?, ?) ON CONFLICT DO NOTHING", (site, test_site))
        test = bool(self._execute("SELECT test FROM site WHERE name = ?", (site,)).fetchone()[0])
        if test != test_site:
            words = {True: "a test site", False: "not a test site"}
            raise DeviceError(
                f"{site}: is {words[test]}, wanted {words[test_site]}; choose another site name, "
                "or match --test-site"
            )

    def _note(self, device_id: int, now_ms: int, event: DeviceEvent, detail: str) -> None:
        insert = "INSERT INTO device_event (device_id, at_ms, event, detail) VALUES (?, ?, ?, ?)"
        self._execute(insert, (device_id, now_ms, event, detail))
        self._changed()

    def _changed(self) -> None:
        self._execute(
            "INSERT INTO store_count VALUES (?1, 1) ON CONFLICT DO UPDATE SET total = total + 1",
            (CHANGES,),
        )
