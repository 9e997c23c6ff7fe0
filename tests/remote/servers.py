"""A server that speaks S3, on this machine."""

import logging

import pytest


@pytest.fixture(scope="session")
def s3():
    """Return the address of a server that keeps buckets in memory."""
    pytest.importorskip("s3fs", reason="needs s3fs: pip install 'news-story-engine[remote]'")
    server = pytest.importorskip("moto.server", reason="needs moto[s3], flask and flask-cors")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()
