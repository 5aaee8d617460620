# SPDX-License-Identifier: Apache-2.0
"""The stream of a network camera: how it is opened, and why it was refused. The feeder only."""
