# SPDX-License-Identifier: Apache-2.0
"""What bounds the link between centre and broker: sizes, times, and how many at once."""

from wire_contract.codec import ENVELOPE_BYTES_MAX

PACKET_BYTES_MAX = 16_384
"""More than twice the largest envelope. The broker drops larger packets itself, so memory is
bounded by this times the inbox."""
PACKET_BYTES_WANTED = ENVELOPE_BYTES_MAX + 256
"""What a broker must take, or some reports never come: the largest envelope and its topic."""
KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 5.0
RECONNECT_S = (1, 5)
"""Back-off of a lost connection: first and longest wait, doubling between."""
OUTGOING_MAX = 10_000
"""Acknowledgements under way to the broker. Beyond, one is dropped: the box sends again and is
answered again."""
IN_FLIGHT_MAX = 500
"""Of them, those that the broker has not taken yet, where it allows so many: each box of a batch is
told at once."""
RECEIVE_MAXIMUM = 65_535
"""What a broker allows that says nothing: MQTT 5, section 3.2.2.3.3."""
SOURCES_WAITING_MAX = 64
"""Messages of counters of others that wait: a megabyte at most, beside the inbox of boxes."""
STOP_WAIT_S = 2.0
