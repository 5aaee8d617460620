# SPDX-License-Identifier: Apache-2.0
"""Where it is decided what may leave the box. For a privacy officer: read this room first.

Read in this order, ten minutes in all:

- edge_agent/channel.py: all that the process that sees pictures can tell the rest of the box
- edge_agent/disclosure/rules.py and noise.py: what becomes of an exact number
- edge_agent/disclosure/gate.py: the rule is applied, and a report is built, here and nowhere else
- edge_agent/disclosure/window.py: the form in which a window waits; no exact number is in it
- edge_agent/disclosure/merge.py: one window stands for several where the disk is full
- edge_agent/disclosure/meta.py: what a box says of itself when it starts
- wire_contract/messages/report.py: the closed list of what a report can hold

What must be trusted besides, because it could let out what this room withholds:

- edge_agent/process_settings.py: hands over the rule, the caps and the names from the config
- edge_agent/config: says which rule holds and what one person's privacy loss is
- edge_agent/keys.py: makes the key of the noise, which nobody else may know
- edge_agent/processes/gate.py: hands every record to this room and keeps nothing of it
- edge_agent/processes/sensor.py: writes the records; what it lies is bounded by channel.py
- edge_agent/processes/supervision: starts no process before its lock has been measured
- edge_agent/processes/systemd: does the same where systemd starts the processes
- edge_agent/confinement: lets no process write, call or reach what its table does not list
- edge_agent/disclosure/interval: makes intervals, of released numbers only
- edge_agent/store: keeps disclosed windows and reports, and releases no slot twice
- edge_agent/signing: signs what this room built, and sends entries again that the centre lost
- edge_agent/uplink: sends signed reports as they are, and nothing else
- wire_contract/vocabulary.py: refuses every field and value that a message does not list
- wire_contract/codec.py: writes a message as bytes and signs them
- wire_contract/messages/meta.py: the closed list of what a box says of itself
- wire_contract/messages/version_1.py: reads windows that have waited since before an upgrade
- wire_contract/quality.py and cap.py: say when a number is a lower bound, or none
- Python and its libraries, the kernel, the drivers, the board
"""
