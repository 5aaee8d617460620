# SPDX-License-Identifier: Apache-2.0
"""What the programs of both sides say alike: config errors, missing extras, broker reasons."""
