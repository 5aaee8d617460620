# SPDX-License-Identifier: Apache-2.0
"""Exercise control: which line of the script happens when, and how fast time goes.

In the order of the trip: script (the lines), direction (the pace, and who may do what when).
"""
