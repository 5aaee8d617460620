# SPDX-License-Identifier: Apache-2.0
"""A server on loopback that speaks TLS with a certificate of its own, and answers as it is told."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_agent.operations.models.download import Network

REQUEST_BYTES_MAX = 16_384
Connection = ssl.SSLSocket
Answer = Callable[[Connection, dict[str, str]], None]
"""Gets the connection and the request's header fields, names in small letters."""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a key and a certificate for 127.0.0.1 that signs itself; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_path, path = folder / "key.pem", folder / "ca.pem"
    pem = serialization.Encoding.PEM
    form, lock = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(pem, form, lock))
    path.write_bytes(made.public_bytes(pem))
    return key_path, path


class HttpsServer:
    """Answers one connection after the other; the last answer is given for ever."""

    def __init__(self, folder: Path, answers: list[Answer]) -> None:
        """Listen on a free port."""
        key, self.ca = certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.ca, key)
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.requests: list[dict[str, str]] = []
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}/model.onnx"

    def network(self, *, silence_s: float = 5.0, total_s: float = 20.0) -> Network:
        """Return a network that believes this server and no other, without a proxy or a pause."""
        context = ssl.create_default_context(cafile=str(self.ca))
        return Network(context, {}, silence_s=silence_s, total_s=total_s, pause_s=0.0)

    def serve(self) -> None:
        """Answer until the listening socket is closed."""
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            plain.settimeout(10)
            try:
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    self._answer(connection)
            except OSError:
                continue  # A client that does not believe us, or has heard enough.

    def close(self) -> None:
        """End serve()."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _answer(self, connection: Connection) -> None:
        said = b""
        while b"\r\n\r\n" not in said and len(said) < REQUEST_BYTES_MAX:
            said += connection.recv(4096)
        lines = said.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        fields = {name.lower(): value for name, value in fields.items()}
        self.requests.append(fields)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        answer(connection, fields)


@contextmanager
def served(folder: Path, *answers: Answer) -> Iterator[HttpsServer]:
    """Serve in a thread until the block ends."""
    server = HttpsServer(folder, list(answers))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def head(status: str, **fields: object) -> bytes:
    """Return the head of an answer; a name's underscores stand for hyphens."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "Connection: close", "", ""]).encode()


def whole(content: bytes) -> Answer:
    """Answer with all of it, whatever was asked for."""

    def answer(connection: Connection, _: dict[str, str]) -> None:
        connection.sendall(head("200 OK", Content_Length=len(content)) + content)

    return answer


def ranges(content: bytes) -> Answer:
    """Answer with what was asked for, as a server that can go on does."""

    def answer(connection: Connection, fields: dict[str, str]) -> None:
        begin = int(fields.get("range", "bytes=0-")[6:-1])
        if not begin:
            whole(content)(connection, fields)
            return
        if begin >= len(content):
            connection.sendall(head("416 Range Not Satisfiable", Content_Length=0))
            return
        span = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        rest = content[begin:]
        said = head("206 Partial Content", Content_Length=len(rest), Content_Range=span)
        connection.sendall(said + rest)

    return answer


def cut_after(content: bytes, count: int) -> Answer:
    """Promise all of it, send the first `count` bytes of what was asked for, and hang up."""

    def answer(connection: Connection, fields: dict[str, str]) -> None:
        begin = int(fields.get("range", "bytes=0-")[6:-1])
        span = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        status = "206 Partial Content" if begin else "200 OK"
        said = head(status, Content_Length=len(content) - begin, Content_Range=span)
        connection.sendall(said + content[begin : begin + count])

    return answer


def saying(status: str, body: bytes = b"", **fields: object) -> Answer:
    """Answer with this head and body, right or wrong."""

    def answer(connection: Connection, _: dict[str, str]) -> None:
        connection.sendall(head(status, **fields) + body)

    return answer
