# SPDX-License-Identifier: Apache-2.0
"""A site's forecaster is trained anew, each week, by a process of its own."""
