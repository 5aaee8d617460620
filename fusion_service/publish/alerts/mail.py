# SPDX-License-Identifier: Apache-2.0
"""Tell people by e-mail, over TLS: one short message an entry, without a name or a comment."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from fusion_service.publish.alerts.message import Message
from fusion_service.publish.alerts.outlets import OutletError

SEND_S = 20.0


@dataclass(frozen=True, slots=True)
class Mail:
    """One server and whom it tells.

    tls: from the first byte; else by STARTTLS, and nothing is said before it. is_plain: without
    any, only to this machine. ca: of a server that the machine's own authorities do not know.
    """

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    user: str = ""
    password: str = ""
    tls: bool = False
    is_plain: bool = False
    ca: str | None = None
    severity_min: int = 1
    name: str = "mail"

    def send(self, message: Message) -> None:
        """Send a message. Raises OutletError where it is not taken."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        mail["Subject"] = message.title
        at = datetime.fromtimestamp(message.at_ms // 1000, UTC)
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{message.site}-{message.entry}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(f"{message.title}\n{at:%Y-%m-%d %H:%M} UTC\n")
        try:
            with self._server()() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            kind = type(error).__name__
            raise OutletError(f"{self.host}: {kind}", kind=kind) from error

    def _server(self) -> Callable[[], AbstractContextManager[smtplib.SMTP]]:
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.tls:
            return lambda: smtplib.SMTP_SSL(self.host, self.port, timeout=SEND_S, context=context)

        def begin() -> smtplib.SMTP:
            server = smtplib.SMTP(self.host, self.port, timeout=SEND_S)
            if not self.is_plain:
                try:
                    server.starttls(context=context)
                except BaseException:
                    server.close()
                    raise
            return server

        return begin
