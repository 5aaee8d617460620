# SPDX-License-Identifier: Apache-2.0
"""Say whether a box is being set up, or was and has not counted since."""

import json
import sqlite3
from collections.abc import Iterator

from edge_agent.config.schema import Config
from edge_agent.operations.commission.on_the_spot import open_sessions
from edge_agent.operations.doctor.diagnosis import State, Subject, first_row
from edge_agent.store.layout import LEDGER_FILE
from wire_contract.quality import QualityCode


def set_up_notes(config: Config) -> Iterator[Subject]:
    """Yield what there is to say of a set-up; nothing of a box that counts."""
    if pids := open_sessions():
        yield Subject(
            "commissioning",
            State.LOOK,
            f"a box of this machine is being set up now, processes {', '.join(map(str, pids))}",
            "nothing is published meanwhile; finish it, or wait: it ends by itself",
        )
    elif _last_code(config) == QualityCode.COMMISSIONING:
        yield Subject(
            "commissioning",
            State.LOOK,
            "the last window in the ledger says that the box was being set up",
            "start the box, if it is to count",
        )


def _last_code(config: Config) -> int | None:
    """Return the code of the last window in the ledger, None where nothing says one."""
    query = "SELECT envelope FROM entry WHERE window_id IS NOT NULL ORDER BY sequence DESC LIMIT 1"
    try:
        row = first_row(config.store.directory / LEDGER_FILE, query)
        report = json.loads(bytes(row[0]).rpartition(b"\n")[0]) if row else {}
    except (sqlite3.Error, ValueError):
        return None
    code = report.get("image_quality", {}).get("code")
    return code if isinstance(code, int) else None
