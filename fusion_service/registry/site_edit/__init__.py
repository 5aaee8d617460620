# SPDX-License-Identifier: Apache-2.0
"""A site's file, changed by somebody who draws: what they drew, the text of it, what differs. Pure.

Rule: whatever the drawing does not touch keeps its bytes, comments included; docs/EDITOR.md.
"""
