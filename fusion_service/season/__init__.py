# SPDX-License-Identifier: Apache-2.0
"""What a season came to, of one site: how early, how often wrongly, what was done. docs/SEASON.md.

`record` reads the log of the shift, `numbers` the picture's numbers; `spans`, `levels`, `alarms`,
`measures`, `boxes` and `forecasts` make figures of them, `evaluation` puts them together, and
`documents` writes them. No name, reason or comment of anybody is read.
"""
