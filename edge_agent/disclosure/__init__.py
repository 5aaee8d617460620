# SPDX-License-Identifier: Apache-2.0
"""Decide what may leave the box.

A privacy officer reads this room first, in this order:

- edge_agent/channel.py: all that the process that sees pictures can tell the rest of the box
- rules.py, noise.py: what becomes of an exact number
- gate.py: applies the rule and builds a report, here and nowhere else
- window.py: the form in which a disclosed window waits; merge.py: one window for several
- meta.py: what a box says of itself when it starts
- wire_contract/messages/report.py: the closed list of what a report can hold

What must be trusted besides, and why:

- edge_agent/process_settings.py, edge_agent/config: hand over the rule and the caps
- edge_agent/keys.py: makes the key of the noise, which nobody else may know
- edge_agent/processes: hands every record to this room, and measures each lock before it begins
- edge_agent/confinement: stops a process from reaching or calling what is not listed
- edge_agent/disclosure/interval: makes intervals, of released numbers only
- edge_agent/store: keeps what was disclosed; no slot is released twice
- edge_agent/signing: signs what was built here, and sends it again
- edge_agent/uplink: sends what was signed, as it is
- wire_contract/vocabulary.py, wire_contract/codec.py: refuse what a message does not list
- wire_contract/messages/meta.py, wire_contract/messages/version_1.py: other closed lists
- wire_contract/quality.py: says when a window has no numbers
- Python and its libraries, the kernel, the drivers, the board
"""
