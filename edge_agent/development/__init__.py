# SPDX-License-Identifier: Apache-2.0
"""Tools for whoever develops or measures the box. Not part of what a box installs."""
