# SPDX-License-Identifier: Apache-2.0
"""The verb `fusion-service dossier`."""
