# SPDX-License-Identifier: Apache-2.0
"""The loop: committed windows in, one number a zone out.

`observed` says in fusion's words what a window holds, `site_picture` has one site's fusion and goes
back where something came late, `loop` does it for all sites as their windows come.
"""
