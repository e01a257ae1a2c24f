"""Servers that are missing, silent or wrong."""

from __future__ import annotations

import time
from base64 import b64encode
from uuid import uuid4

import psycopg
import pytest

from core import vault
from core.models import DataKey
from tests.conftest import CommittedDatabase
from tests.faults.harness.stack import Stack, wait_until


def test_f07_pages_answer_without_a_broker(stack: Stack) -> None:
    stack.start_web()
    stack.broker.stop()
    assert stack.get("/om-portalen/").status == 200
    assert stack.get("/health/ready/").status == 200


def test_f11_database_connections_killed_under_the_web(stack: Stack, committed_db: CommittedDatabase) -> None:
    """The next request after the cut is answered without a restart of the web."""
    stack.start_web()
    assert stack.get("/health/ready/").status == 200
    with psycopg.connect(committed_db.superuser, autocommit=True) as link:
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'nrm_app'"
        )
    wait_until(lambda: stack.get("/health/ready/").status == 200, 10)


@pytest.mark.rare
def test_f09_hanging_broker_does_not_slow_pages(stack: Stack) -> None:
    stack.start_web()
    stack.get("/om-portalen/")
    stack.hang("broker")
    started = time.monotonic()
    assert stack.get("/om-portalen/").status == 200
    assert time.monotonic() - started < 2


def test_f35_web_refuses_to_start_with_the_wrong_key_ring(stack: Stack) -> None:
    """Right version, another key: nothing is written with it."""
    vault.new_key("case", uuid4())
    stack.environment["NRM_KEYRING"] = f"1:{b64encode(b'another key of thirty-two bytes!').decode()}"
    web = stack.start_web(wait=False)
    wait_until(lambda: not web.is_running)
    assert "key ring" in stack.log("web")
    assert DataKey.objects.count() == 1


@pytest.mark.parametrize("ring", ["", "1:too-short", "nonsense"])
def test_f35_web_refuses_to_start_without_its_key_ring(stack: Stack, ring: str) -> None:
    stack.environment["NRM_KEYRING"] = ring
    web = stack.start_web(wait=False)
    wait_until(lambda: not web.is_running)
    assert "key ring" in stack.log("web")
    assert "NRM_KEYRING" in stack.log("web")
