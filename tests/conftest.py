"""Fixtures: a Models API on a loopback port, and an environment that holds nothing."""

import os
import re

import pytest
from helpers import API, KEY, serving
from sockets import Listener


@pytest.fixture
def server():
    """Yield an API that listens on a loopback port."""
    with serving(API()) as api:
        yield api


@pytest.fixture
def api(server, monkeypatch):
    """Yield an API that the environment names, with a key for it."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    return server


@pytest.fixture(autouse=True)
def clear_environment(monkeypatch):
    for name in os.environ:
        if re.match(
            r"(ANTHROPIC|GITHUB|ACTIONS|INPUT|CLAUDE_MODEL)_|.*_proxy$", name, re.IGNORECASE
        ):
            monkeypatch.delenv(name)


@pytest.fixture
def listen():
    """Return a function that starts a raw socket with a behavior."""
    listeners = []

    def start(behave, context=None):
        listeners.append(Listener(behave, context))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()
