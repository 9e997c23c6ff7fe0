"""The commands over remotes, against a server that speaks S3."""

import json
import uuid

import pytest

import engine
from tests.cli.cases import call, invoke, line
from tests.remote.servers import s3

__all__ = ["s3"]


@pytest.fixture
def bucket(s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()  # an earlier test asked elsewhere
    name = f"bucket-{uuid.uuid4().hex}"
    S3FileSystem(endpoint_url=s3, skip_instance_cache=True).mkdir(name)
    return f"s3://{name}/prefix"


def test_a_base_goes_through_an_object_store(built, capsys, bucket):
    there = ["--indexes", built / "replica"]
    code, out, err = invoke(capsys, "remote", "push", bucket, "--json")
    assert code == 0, err
    sent = json.loads(out)
    assert sent["n_sent"] == sent["n_pieces"]
    assert f"{bucket}: {sent['generation']}" in err
    code, out, _ = invoke(capsys, "remote", "pull", bucket, "--json", *there)
    assert (code, json.loads(out)["generation"]) == (0, sent["generation"])
    live = invoke(capsys, "stories", "list", "--json")[1]
    assert live
    assert invoke(capsys, "stories", "list", "--json", *there)[1] == live

    (built / "more.jsonl").write_text(line("more", "A second library opened on Monday."))
    invoke(capsys, "nightly", built / "more.jsonl")
    assert invoke(capsys, "remote", "push", bucket)[0] == 0
    code, out, _ = invoke(capsys, "remote", "list", bucket, "--json")
    listed = [json.loads(each) for each in out.splitlines()]
    assert [each["current"] for each in listed] == [False, True]
    assert "current" in invoke(capsys, "remote", "list", bucket)[1]
    assert invoke(capsys, "remote", "verify", bucket)[:2] == (0, "everything is sound\n")

    code, _, err = invoke(capsys, "remote", "rollback", bucket)
    assert (code, err) == (0, f"current: {sent['generation']}\n")
    code, out, _ = invoke(capsys, "remote", "prune", bucket, "--keep", 1, "--json")
    assert (code, json.loads(out)["generations"]) == (0, [])  # the newest, and what is current
    assert invoke(capsys, "remote", "push", bucket)[0] == 0
    code, out, _ = invoke(capsys, "remote", "prune", bucket, "--keep", 1, "--json")
    assert json.loads(out)["generations"] == [sent["generation"]]
    assert "live: " in invoke(capsys, "remote", "pull", bucket, *there)[2]
    assert invoke(capsys, "verify", *there)[0] == 0


def test_what_is_altered_there_ends_with_exit_code_1(built, capsys, tmp_path):
    remote = tmp_path / "remote"
    assert invoke(capsys, "remote", "push", remote)[0] == 0
    piece = max((remote / "pieces").iterdir(), key=lambda path: path.stat().st_size)
    piece.write_bytes(b"x" + piece.read_bytes()[1:])
    code, out, _ = invoke(capsys, "remote", "verify", remote, "--json")
    said = json.loads(out)
    assert (code, said["sound"]) == (1, False)
    assert "was altered" in said["problems"][0]
    code, _, err = invoke(capsys, "remote", "pull", remote, "--indexes", built / "replica")
    assert (code, "was altered" in err) == (1, True)
    assert not (built / "replica").exists()


def test_no_credentials_and_a_wrong_address_are_a_sentence(built, s3):
    pytest.importorskip("s3fs")
    with engine.open(built / "base") as base:
        assert base.reader.generation
    place = {"HOME": str(built), "ENGINE_INDEXES": str(built / "base")}
    nobody = place | {"AWS_ENDPOINT_URL": s3, "AWS_EC2_METADATA_DISABLED": "true"}
    done = call("remote", "push", "s3://bucket/prefix", env=nobody)
    assert done.returncode == 1
    assert "s3://bucket/prefix cannot be used" in done.stderr
    assert "credentials" in done.stderr
    assert "Traceback" not in done.stderr
    done = call("remote", "push", "nowhere://bucket/prefix", env=place)
    assert done.returncode == 1
    assert "expected an address such as s3://bucket/prefix" in done.stderr
    assert "Traceback" not in done.stderr
