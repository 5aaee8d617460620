# SPDX-License-Identifier: Apache-2.0
"""All that may travel between a box and the centre, and nothing else.

Both sides import this package; it imports neither of them, and only the standard library.
Read `report.py` first: it is the closed list of what can leave a box.
"""
