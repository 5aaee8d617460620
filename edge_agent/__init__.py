# SPDX-License-Identifier: Apache-2.0
"""The box: it sees people, counts them, lets out numbers.

One frame: vision, counting, channel, disclosure, outbox, uplink.
"""

__version__ = "0.1.0"
