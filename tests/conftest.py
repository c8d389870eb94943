"""Fixtures: a Models API on a loopback port, and an environment that holds nothing."""

import os
import re

import pytest
from helpers import API, KEY, catalogue_of, serving
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5
from sockets import Listener
from steps import BASH, Runner


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


@pytest.fixture
def catalogue(monkeypatch):
    """Give the module a catalogue of its own, dated today."""
    with catalogue_of(monkeypatch, OPUS_5, SONNET_5, OPUS_48, HAIKU_45, SONNET_4):
        yield


@pytest.fixture(autouse=True)
def clear_environment(monkeypatch):
    names = r"(ANTHROPIC|GITHUB|ACTIONS|INPUT|CLAUDE_MODEL)_|.*_proxy$|PYTHONUNBUFFERED$"
    for name in os.environ:
        if re.match(names, name, re.IGNORECASE):
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


@pytest.fixture
def step(server, tmp_path):
    """Return a function that runs the step of the action in bash, with inputs."""
    if not BASH:
        pytest.skip("bash runs the step, and none was found")
    return Runner(server, tmp_path).run
