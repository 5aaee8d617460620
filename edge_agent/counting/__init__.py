# SPDX-License-Identifier: Apache-2.0
"""Positions in, counts out.

Pure: no clock, disk, log, thread or chance; identities live here for seconds and end in `window`.
"""
