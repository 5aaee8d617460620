# SPDX-License-Identifier: Apache-2.0
"""The attacker's side: take an order, try it, say how it went in one record, and hold still.

Only the standard library, because it runs in the lock too. What it says is never believed, but for
a secret that it tells back.
"""

import errno
import os
import platform
import struct
import sys

from privacy_audit.exits.attacks.attack import Attack
from privacy_audit.exits.attacks.resources import Resources
from privacy_audit.exits.attacks.table import attacks_for

RECORD = struct.Struct("<4sHHH32s22x")
"""Word, attack, errno (0 for none), length of what was learned, what was learned: 64 bytes, as a
sensor writes."""
HERE, DONE = b"here", b"done"
ORDER = struct.Struct("<H")
NEXT = 0xFFFF
"""Go on to the next stage of life."""
LEARNED_MAX = 32


def attack_until_told(resources: Resources) -> None:
    """Report for orders, obey them, return at NEXT.

    The first record says where the victim's secret lies.
    """
    table = [attack for _, attack in attacks_for(platform.machine())]
    place = struct.pack("<QI", resources.address(resources.victim_memory), resources.victim)
    os.write(resources.means.channel, RECORD.pack(HERE, NEXT, 0, len(place), place))
    while (order := os.read(resources.means.orders, ORDER.size)) and ORDER.unpack(order)[0] != NEXT:
        index = ORDER.unpack(order)[0]
        failed, learned = _try(table[index], resources)
        os.write(resources.means.channel, RECORD.pack(DONE, index, failed, len(learned), learned))
    if not order:
        # Whoever gave the orders has gone.
        os._exit(0)


def _try(attack: Attack, resources: Resources) -> tuple[int, bytes]:
    try:
        learned = attack.act(resources)
    except OSError as error:
        return error.errno or errno.EPERM, b""
    except (ValueError, RuntimeError) as error:
        sys.stderr.write(f"{attack.name}: {error!r}\n") if sys.stderr else None
        return errno.EINVAL, b""
    return 0, learned[:LEARNED_MAX] if isinstance(learned, bytes) else b""
