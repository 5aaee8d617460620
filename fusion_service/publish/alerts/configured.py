# SPDX-License-Identifier: Apache-2.0
"""The outlets that a config names."""

from pathlib import Path

from fusion_service.alert_config import MailConfig, MailSecurity, WebhookConfig
from fusion_service.config import FusionConfig
from fusion_service.errors import ConfigError
from fusion_service.publish.alerts.mail import Mail
from fusion_service.publish.alerts.outlets import Outlet, Teller
from fusion_service.publish.alerts.webhook import Webhook
from fusion_service.shift.desk import Desk

SECRET_BYTES_MAX = 4_096


def tellers_of(config: FusionConfig, desk: Desk) -> list[Teller]:
    """Return who tells the outlets of a config. Raises ConfigError over a secret's file."""
    outlets: list[Outlet | None] = [_webhook(config.webhook), _mail(config.mail)]
    return [Teller(desk, one) for one in outlets if one is not None]


def _webhook(config: WebhookConfig) -> Webhook | None:
    if not config.url or config.secret_file is None:
        return None
    secret = _secret(config.secret_file).encode()
    return Webhook(config.url, secret, config.severity_min)


def _mail(config: MailConfig) -> Mail | None:
    if config.host is None:
        return None
    return Mail(
        config.host,
        config.port,
        config.sender,
        config.to,
        config.user or "",
        "" if config.password_file is None else _secret(config.password_file),
        tls=config.security is MailSecurity.TLS,
        is_plain=config.security is MailSecurity.NONE,
        ca=None if config.ca is None else str(config.ca),
        severity_min=config.severity_min,
    )


def _secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(SECRET_BYTES_MAX).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}; name a file of one line") from error
    if not found:
        raise ConfigError(f"{path}: got nothing, wanted a secret on one line")
    return found
