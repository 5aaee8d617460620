# SPDX-License-Identifier: Apache-2.0
"""Drawings of others as zones of a site: GeoJSON and GeoPackage, WGS84 or the Dutch grid.

A drawing is whatever somebody gives us: every fault of it is a SiteError that names the feature.
"""
