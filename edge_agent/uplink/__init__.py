# SPDX-License-Identifier: Apache-2.0
"""The only room that sees sockets. It handles bytes it cannot make."""
