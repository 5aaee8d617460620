# SPDX-License-Identifier: Apache-2.0
"""The same under systemd: what its units start, and the unit files."""
