# SPDX-License-Identifier: Apache-2.0
"""The door.

The only place on the box that decides what may leave, and that builds and signs a report.
"""
