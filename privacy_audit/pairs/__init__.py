# SPDX-License-Identifier: Apache-2.0
"""Two processes that work together.

One that knows a secret, one that wants it, and a witness outside who compares.

A way out needs no single call that is refused: it is enough that one process can change what
another can see. So each process is given actions (what it can change) and observations (what it can
see), and the witness, who drew the secret, looks at which observation follows which action.
"""
