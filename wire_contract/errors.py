# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with something that crosses the wire."""


class ContractError(Exception):
    """Base of every error of this package."""


class FieldError(ContractError):
    """A value does not fit its field: which field, what was found, what is allowed."""


class DecodeError(ContractError):
    """Received bytes are not what they should be: where, what was found, what was wanted."""
