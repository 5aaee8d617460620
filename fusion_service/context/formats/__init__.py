# SPDX-License-Identifier: Apache-2.0
"""How answers are written: JSON, XML, Protocol Buffers, calendars. Pure, and bounded."""
