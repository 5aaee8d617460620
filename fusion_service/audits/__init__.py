# SPDX-License-Identifier: Apache-2.0
"""Audits that an auditor signed and somebody brings in: read, judged, told beside the box of today.

The product never knows its audit: its file is read as data, by the words written down here.
"""
