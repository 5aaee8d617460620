# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: a file, an attached camera, a network camera behind its feeder."""
