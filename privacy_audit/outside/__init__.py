# SPDX-License-Identifier: Apache-2.0
"""What the rest of the audit would take from the box's own word, asked from outside.

Rule: a finding here rests on what a program of the audit's own has done to the product's programs
and seen of them, never on what they say of themselves. What cannot be asked so is listed in
privacy_audit.report.on_its_word.
"""
