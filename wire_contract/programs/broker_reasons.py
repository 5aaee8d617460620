# SPDX-License-Identifier: Apache-2.0
"""What it means when an MQTT broker ends or refuses something, and what to do.

Box and centre both use these words.

The names of the reasons are those of MQTT 5, section 2.4, as the client library writes them.
"""

from wire_contract.programs.shipped import shipped

_ACCESS_LIST = shipped("firmware_configs/broker/acl")
_LOST = "the connection was lost without a word: the broker was ended, or the network between"
_CONFIGURATION = "in the broker's configuration"
_REMEDIES = {
    "unspecified error": f"{_LOST}; see that it runs, and its log",
    "normal disconnection": "the broker ended the connection; see its log",
    "server shutting down": "the broker is being shut down; start it again",
    "keep alive timeout": "the broker heard nothing for too long; look at the network between",
    "session taken over": (
        "another client came with the same client id ({client_id}) and took this session over; end "
        "the other one, or give it a name of its own"
    ),
    "packet too large": (
        "the broker refuses packets of this size; raise max_packet_size and message_size_limit "
        f"{_CONFIGURATION}"
    ),
    # Measured: mosquitto 2.0 says this of a message above its message_size_limit.
    "protocol error": (
        "the broker calls a packet wrong, as mosquitto does with one above its "
        f"message_size_limit; raise it {_CONFIGURATION}, or see its log"
    ),
    "quota exceeded": (
        "the broker's queue is full; see max_queued_messages and max_queued_bytes "
        f"{_CONFIGURATION}, and its disk"
    ),
    "receive maximum exceeded": (
        "more was under way than the broker takes at once; see max_inflight_messages "
        f"{_CONFIGURATION}"
    ),
    "not authorized": (
        "not authorized: the broker's access list or password file does not let {client_id} do "
        f"this; compare {_ACCESS_LIST}"
    ),
    "bad user name or password": (
        "not authorized: wrong user name or password; correct them, here or in the broker's "
        "password file"
    ),
    "client identifier not valid": (
        f"the broker does not take the client id {{client_id}}; look {_CONFIGURATION}"
    ),
    "server unavailable": "the broker is not ready; see its log",
    "server busy": "the broker is busy; see its log and its load",
    "banned": f"the broker has banned this client ({{client_id}}); look {_CONFIGURATION}",
    "administrative action": "somebody ended this connection at the broker",
    "connection rate exceeded": (
        "too many connections in a short time; see whether two clients have the client id "
        "{client_id}"
    ),
    "unsupported protocol version": (
        "the broker does not speak this version of MQTT; use mosquitto 2, or set broker.protocol "
        "on a box"
    ),
    "topic name invalid": f"the broker does not take this topic; compare {_ACCESS_LIST}",
    "payload format invalid": "the broker calls the payload wrong; see its log",
}
_QUIET = frozenset(
    {"unspecified error", "normal disconnection", "server shutting down", "keep alive timeout"}
)
"""Ends that come with any restart; the others come again until somebody mends their cause."""


def in_words(reason: str, *, client_id: str) -> str:
    """Say what a broker's reason means and what to do; one that is not known is said as it came."""
    words = _REMEDIES.get(reason.lower())
    return f"{reason}; see the broker's log" if words is None else words.format(client_id=client_id)


def comes_again(reason: str) -> bool:
    """Say whether a connection that ended for this reason ends so again."""
    return reason.lower() not in _QUIET
