# SPDX-License-Identifier: Apache-2.0
"""The loop that forecasts: what was counted in, what was said out, and how good that was.

quarters.py holds a site's counts by quarters of an hour, history.py keeps them up to date from the
store, wall_panel.py lays them on the clock of the site. saying.py forecasts from one moment,
warned.py says whether a level is warned of, yesterday.py scores what was said, retraining.py trains
anew in a process of its own, and loop.py does it for all sites, in turn. ahead.py and started.py
load no numpy: a centre without it counts as before.
"""
