# SPDX-License-Identifier: Apache-2.0
"""The only room of the context that has a socket: bytes of one address, within bounds."""
