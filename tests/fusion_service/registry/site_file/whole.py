# SPDX-License-Identifier: Apache-2.0
"""A small site that uses every table, as text to plant mistakes in."""

WHOLE = """\
format = 1
id = "pier"
name = "The pier"
time_zone = "Europe/Amsterdam"
country = "NL"

[[zones]]
id = "deck"
name = "Deck"
polygon = [[4.2790, 52.1170], [4.2800, 52.1170], [4.2800, 52.1175], [4.2790, 52.1175]]
usable_m2 = 3000
capacity = 3000

[zones.thresholds]
yellow = { people = 1000, density = 0.5 }
orange = { people = 1500, density = 0.8 }
red = { people = 2500 }

[[zones]]
id = "head"
polygon = [[4.2780, 52.1170], [4.2790, 52.1170], [4.2790, 52.1175], [4.2780, 52.1175]]

[[links]]
id = "deck-head"
from = "deck"
to = "head"
path = [[4.2791, 52.1172], [4.2789, 52.1172]]
length_m = 14.0
width_m = 8

[[links]]
id = "way-in"
to = "deck"

[[emergency_routes]]
id = "lane"
name = "Lane"
path = [[4.2800, 52.1172], [4.2780, 52.1172]]
width_m = 4

[[devices]]
id = "box-1"
position = [4.2795, 52.1172]
height_m = 4.5
bearing_deg = 270
trust = "box"

[[devices.counters]]
zone = "ground"
at_zone = "deck"
share = 0.8

[[devices.counters]]
line = "way"
at_link = "deck-head"
in_toward = "head"

[[devices]]
id = "box-2"

[[devices.counters]]
line = "way"
at_link = "way-in"
in_toward = "deck"

[[measures]]
level = "yellow"
text = "Send stewards."
organisation = "municipality"
zones = ["deck"]

[[measures]]
level = "orange"
text = "Close the way to the head."
organisation = "police"
effect = { deck = -0.3 }
ramp_min = 20
closes = ["deck-head"]

[[measures]]
level = "red"
text = "Clear the pier."
organisation = "police"

[[devices]]
id = "box-3"
technology = "radar"
"""
