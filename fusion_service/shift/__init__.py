# SPDX-License-Identifier: Apache-2.0
"""The shift: what is seen, who decides what, and what was agreed to be done.

`state` follows from the log what is open now, `desk` is where people and the centre write to it,
`causes` and `alarm_rules` say what is an alarm, `monitor` looks and proposes, `measures` and
`situation` put together what is to be done and how things stand. docs/SHIFT.md.
"""
