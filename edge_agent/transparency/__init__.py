# SPDX-License-Identifier: Apache-2.0
"""What the public and the officer are told of a box, made from its config.

Register entry, DPIA annex, page for passers-by.
"""
