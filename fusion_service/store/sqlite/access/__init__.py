# SPDX-License-Identifier: Apache-2.0
"""Keep who may get in, their sessions, and the log of it; keep erased what was erased."""
