"""Owners of outlets are read once, and again when they change."""

import json

import pytest

from engine.disk.layout import Layout
from engine.disk.sealed import sealed
from engine.errors import DamagedError
from engine.jobs.lookup.learnt import base_families


def test_a_table_is_read_once_until_it_changes(tmp_path):
    layout = Layout(tmp_path)
    assert base_families(layout).of("Daily") == "Daily"
    layout.owners.write_text(json.dumps(sealed({"Daily": "Lake Group"})))
    families = base_families(layout)
    assert families.of("Daily") == "Lake Group"
    assert base_families(layout) is families
    layout.owners.write_text("no table")
    with pytest.raises(DamagedError, match="owners"):
        base_families(layout)
