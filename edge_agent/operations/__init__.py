# SPDX-License-Identifier: Apache-2.0
"""What a person does at a box: enrol it, calibrate it, ask how it is."""
