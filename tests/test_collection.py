"""When Python looks for garbage."""

import gc

import pytest

from engine.collection import without_collection


def test_garbage_is_looked_for_again_also_after_an_import_that_fails():
    with pytest.raises(ImportError), without_collection():
        raise ImportError(str(gc.isenabled()))
    assert gc.isenabled()


def test_who_looks_for_none_is_left_so():
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
