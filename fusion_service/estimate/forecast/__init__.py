# SPDX-License-Identifier: Apache-2.0
"""What comes: from hours that are known to hours that are not, and how sure. Pure.

A panel (panel.py) holds every series on one grid of wall-clock time. Tables (tables.py) say what is
usual and how far each step was from it; features.py picks from them what an origin knew of a
target, and nothing later. boosting.py learns quantiles, ratio.py answers where there is too little
to learn from, naive.py stands beside both, conformal.py widens and narrows by what came.
"""
