# SPDX-License-Identifier: Apache-2.0
"""The camera, and the frame in which lines and zones are given."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from edge_agent.config.sections.fields import FilePath, Section
from edge_agent.process_settings import Source

_SECRET_WORD = re.compile(r"(?i)pass|pwd|user|login|token|secret|auth|key")


def _numeric_address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError as error:
        raise ValueError(
            "a numeric address, such as 192.0.2.20: the box looks no name up for a camera"
        ) from error


def _without_credentials(url_path: str) -> str:
    if _SECRET_WORD.search(url_path.partition("?")[2]):
        raise ValueError(
            "a path without credentials; they belong into the file that credentials_file names"
        )
    return url_path


class Camera(Section):
    """A regular file, an attached V4L2 camera, or one network camera with a numeric address."""

    source: Source
    path: FilePath | None = None
    host: Annotated[str, Field(max_length=64), AfterValidator(_numeric_address)] | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    url_path: Annotated[
        str,
        Field(pattern=r"^/[A-Za-z0-9._~/?&=%+,:-]{0,255}$"),
        AfterValidator(_without_credentials),
    ] = "/"
    credentials_file: FilePath | None = None
    fps: Annotated[float, Field(ge=0.1, le=240)] | None = None
    width_px: Annotated[int, Field(ge=64, le=7680)] | None = None
    height_px: Annotated[int, Field(ge=64, le=4320)] | None = None
    fourcc: Annotated[str, Field(pattern="^[A-Z0-9]{4}$")] | None = None
    loss_after_s: Annotated[float, Field(ge=1, le=300)] = 10.0

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.source is not Source.V4L2 and (self.width_px or self.height_px or self.fourcc):
            raise ValueError(
                "width_px, height_px and fourcc are for a v4l2 camera; a file or network camera "
                "has its own"
            )
        if self.source.is_network:
            if self.path is not None or self.host is None or self.port is None:
                raise ValueError(f"a camera of source {self.source} has host and port, and no path")
            if self.source is Source.HTTP and self.fps is None:
                raise ValueError("fps: missing; a stream over HTTP does not tell its rate")
        elif (
            self.path is None
            or self.host
            or self.port
            or self.url_path != "/"
            or self.credentials_file
        ):
            raise ValueError(
                f"a camera of source {self.source} has a path; host, port, url_path and "
                "credentials_file are for rtsp, http"
            )
        return self

    @property
    def local_path(self) -> Path:
        """Return the path of a file or an attached camera."""
        assert self.path is not None  # noqa: S101 - checked above for every source that has one
        return self.path


class View(Section):
    """The frame in which lines, zones and ground points are given.

    Left out, it is the camera's own.
    """

    frame_width_px: Annotated[int, Field(ge=64, le=7680)]
    frame_height_px: Annotated[int, Field(ge=64, le=4320)]
