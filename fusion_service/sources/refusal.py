# SPDX-License-Identifier: Apache-2.0
"""Why a message of a source is of no use."""

from fusion_service.errors import FusionError


class SourceRefusedError(FusionError):
    """A message of a source is refused: where in it, what was found, what was wanted."""

    def __init__(self, where: str, got: str, wanted: str) -> None:
        super().__init__(f"{where}: got {got}, wanted {wanted}")
        self.where, self.got, self.wanted = where, got, wanted
