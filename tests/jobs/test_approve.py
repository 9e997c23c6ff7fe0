"""A night that was held back is published when a person says that it is right."""

import pytest

import engine
from engine.domain import RunState
from engine.errors import InputError, NotFoundError
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line
