# SPDX-License-Identifier: Apache-2.0
"""How many days a certificate is good, by whose it is."""

ROOT_DAYS, ISSUING_DAYS, SERVER_DAYS, CLIENT_DAYS, DEVICE_DAYS = 3650, 365, 90, 90, 30
"""A box hangs in the street, so what it carries is good for the shortest time."""
