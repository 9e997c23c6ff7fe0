"""Every kind of remote, each empty."""

import uuid

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from engine.disk.layout import Layout
from engine.remote.folder import RemoteFolder
from tests.remote.servers import s3

__all__ = ["s3"]


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


@pytest.fixture
def local(tmp_path):
    return RemoteFolder(LocalFileSystem(), str(tmp_path / "remote"))


@pytest.fixture(params=["file", "memory", "s3"])
def remote(request, local):
    if request.param == "file":
        return local
    name = f"bucket-{uuid.uuid4().hex}"
    if request.param == "memory":
        return RemoteFolder(MemoryFileSystem(), f"/{name}/prefix")
    address = request.getfixturevalue("s3")
    from s3fs import S3FileSystem

    files = S3FileSystem(key="k", secret="s", endpoint_url=address)
    files.mkdir(name)
    return RemoteFolder(files, f"{name}/prefix")
