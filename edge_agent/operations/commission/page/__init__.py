# SPDX-License-Identifier: Apache-2.0
"""The installer's page, and the one process that has a socket. Nothing of the box is in here."""
