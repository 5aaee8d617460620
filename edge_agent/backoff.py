# SPDX-License-Identifier: Apache-2.0
"""Every wait of a box before it tries again, by the law of both sides."""

from wire_contract.programs.backoff import Backoff

RECONNECT = Backoff(base_s=2.0, max_s=8.0)
"""To the broker, at random. Short enough that what waits is sent within ten seconds of a broker's
return; a fleet comes over seconds."""
RESEND = Backoff(base_s=10.0, max_s=300.0)
"""Of a report on which the centre is silent."""
ASK_AGAIN = Backoff(base_s=60.0, max_s=900.0)
"""How often a box that holds asks whether the centre can use now what it could not."""
TRY_BROKER = Backoff(base_s=300.0, max_s=3600.0)
"""Of another broker, after a trial that failed."""
RESTART = Backoff(base_s=1.0, max_s=60.0)
"""Of a process of the box that has ended."""
