# SPDX-License-Identifier: Apache-2.0
"""What a person does at a centre: copies elsewhere, rehearsals, a broker that moves."""
