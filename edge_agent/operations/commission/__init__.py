# SPDX-License-Identifier: Apache-2.0
"""Set a box up without a picture. The only room that holds a socket and positions together.

Rule 1: it is no part of a box that publishes: nothing of one imports it, and while a session is
open the box's store is held, so that no gate can run. Rule 2: what leaves the process that sees
pictures is a record of fixed size, read by another process under a bound of bits. Rule 3: the
process with the socket has no camera, no store and no key of the box (ADR 49).
"""
