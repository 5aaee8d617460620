# SPDX-License-Identifier: Apache-2.0
"""Which address may be asked, and where it may lead. Pure."""

from urllib.parse import urljoin, urlsplit

from fusion_service.config_fields import is_loopback
from fusion_service.context.trouble import FeedError


def check(url: str) -> None:
    """Raise FeedError for what is neither https nor http to this machine, or holds a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise FeedError(f"{url!r} is no address: {error}", "correct url in fusion.toml") from error
    plain = parts.scheme == "http" and is_loopback(host)
    if not host or port == 0 or not (parts.scheme == "https" or plain):
        raise FeedError(
            f"{url!r} is no address that may be asked", "name one with https:// in fusion.toml"
        )
    if parts.username is not None or parts.password is not None:
        raise FeedError(
            f"the address at {host} holds a name or a password",
            "put the key into a file and name it with key_file",
        )


def led_to(url: str, location: str) -> str:
    """Return where a redirect leads. Raises FeedError where that is another host or port."""
    target = urljoin(url, location)
    check(target)
    if _origin(target) != _origin(url):
        raise FeedError(
            f"it leads to {target!r}, which is another host: nothing was asked there",
            "where that is right, name the new address as url in fusion.toml",
        )
    return target


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
