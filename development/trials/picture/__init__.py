# SPDX-License-Identifier: Apache-2.0
"""Faults against the picture of a site: boxes pulled, one that lies, a centre that is killed."""
