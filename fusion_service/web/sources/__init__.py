# SPDX-License-Identifier: Apache-2.0
"""Counters of others over HTTP: what machines push, and the page of stewards."""
