# SPDX-License-Identifier: Apache-2.0
"""How messages come over MQTT: the connection to the broker, and what is noticed on it."""
