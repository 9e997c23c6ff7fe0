"""Servers that take mails and posts, on this machine."""

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


def served(server):
    """Yield a server that answers in a thread until it is done with."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class MailServer(socketserver.TCPServer):
    """Keeps the mails and the recipients it was given."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Mailbox)
        self.received: list[bytes] = []
        self.recipients: list[str] = []


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as one mail needs."""

    server: MailServer

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while said := self.rfile.readline():
            if said.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                mail = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.received.append(mail)
            elif said.upper().startswith(b"RCPT"):
                self.server.recipients.append(said.decode().strip())
            quits = said.upper().startswith(b"QUIT")
            self.wfile.write(b"221 bye\r\n" if quits else b"250 fine\r\n")
            if quits:
                return


@pytest.fixture
def mailbox():
    yield from served(MailServer())


class HookServer(HTTPServer):
    """Keeps what was posted to it, and answers with `status`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Hook)
        self.received: list[dict[str, object]] = []
        self.status = 204

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Hook(BaseHTTPRequestHandler):
    """Takes what is posted."""

    server: HookServer

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_given):
        pass


@pytest.fixture
def hook():
    yield from served(HookServer())
