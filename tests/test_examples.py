"""The examples in docstrings are true; those that would ask AWS or read a folder are only shown."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    *("errors", "har", "aws.arn", "aws.errors", "aws.session", "aws.times", "io.json_values", "io.sniff", "io.source"),
    *("io.unpack", "users.age", "users.live", "users.saved", "evidence.permissions", "evidence.plan", "evidence.read"),
    *("audit.comparison", "audit.export", "bulk.outputs", "bulk.stream", "bulk.summary"),
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    """As a reader would type them."""
    assert 0 == doctest.testmod(importlib.import_module(f"connect_saml_nb.{name}")).failed
