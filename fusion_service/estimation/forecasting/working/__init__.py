# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of one forecast, which a process of its own does: threads of Python take turns.

saying.py forecasts; apart.py has a process do that, said_apart.py is that process; panel_file.py
is how panels go there and to who trains.
"""
