"""Behind a gateway: one constant date, no lines, no lifecycles, IDs with providers, names of people's own."""

import json

import pytest
from helpers import catalogue_of, messages
from rows import HAIKU_45, OPUS_5, SONNET_4, SONNET_5, SONNET_45, in_days, row

import claude_model
from claude_model import ModelNotFoundError, ModelRetiredError, resolve


def listed(model_id, **fields):
    """Return a row as LiteLLM lists it."""
    created_at = "2023-02-28T18:56:42Z"
    sent = {"type": "model", "id": model_id, "display_name": model_id, "created_at": created_at}
    return {**sent, **fields}


@pytest.fixture
def gateway(api):
    """Yield an API that answers as LiteLLM does: it knows no aliases, and ignores the filter."""
    ids = ["claude-sonnet-4-20250514", "claude-sonnet-4-5-20250929", "claude-opus-4-5", "claude-sonnet-5",
           "claude-opus-4-8", "claude-haiku-4-5-20251001", "my-coder", "gpt-5"]  # fmt: skip
    api.models = [listed(model_id) for model_id in ids]
    api.aliases = {}
    respond = api.respond

    def respond_as_gateway(path):
        status, body, headers = respond(path)
        if path.startswith("/v1/models/") and status == 200:
            body = json.dumps({"id": json.loads(body)["id"], "object": "model"}).encode()
        return status, body, headers

    api.respond = respond_as_gateway
    api.page = lambda query: {"data": api.models, "has_more": False, "last_id": "gpt-5"}
    return api


@pytest.fixture(autouse=True)
def own_catalogue(monkeypatch):
    with catalogue_of(monkeypatch, OPUS_5, SONNET_5, HAIKU_45, SONNET_45, SONNET_4):
        yield


def warning_of(name, **options):
    """Return the ID that a name means, and the text of the one warning."""
    with pytest.warns(UserWarning) as caught:
        model = resolve(name, **options)
    [message] = messages(caught)
    return model.id, message


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("sonnet", "claude-sonnet-5"),
        ("claude-sonnet-latest", "claude-sonnet-5"),
        ("opus", "claude-opus-4-8"),
        ("Opus 4.5", "claude-opus-4-5"),
        ("Haiku 4.5", "claude-haiku-4-5-20251001"),
        ("claude-sonnet-5", "claude-sonnet-5"),
        ("my-coder", "my-coder"),
    ],
)
def test_newest_version_is_found_in_any_order(gateway, name, model_id, order):
    gateway.models = gateway.models[::order]
    assert resolve(name).id == model_id


def test_look_up_without_a_lifecycle_counts_for_nothing(gateway):
    gateway.answer(200, {"id": "claude-opus-9"})
    with pytest.raises(ModelNotFoundError):
        resolve("claude-opus-9")
    gateway.answer(200, {"id": "claude-sonnet"})  # A relay that echoes any name.
    assert resolve("claude-sonnet").id == "claude-sonnet-5"


def test_rows_that_people_named_freely_do_not_make_the_list_unusable(gateway):
    gateway.models += [
        listed("my model (fast)"),
        listed("a/*"),
        listed("x", display_name="\u7ebf \u2460"),
    ]
    assert resolve("sonnet").id == "claude-sonnet-5"


@pytest.mark.parametrize(
    ("model_id", "is_known"),
    [
        ("claude-sonnet-4-5", True),
        ("anthropic/claude-sonnet-4.5", True),
        ("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("claude-v4.5-sonnet", True),
        ("claude-sonnet-4-5-thinking", True),
        ("claude-sonnet-4-5-20990101", False),
        ("claude-sonnet-4-6", False),
        ("my-sonnet-4-5", False),
    ],
)
def test_row_of_the_same_family_version_and_date_stands_in(gateway, model_id, is_known):
    gateway.models = [listed(model_id)]
    found, message = warning_of(model_id, min_days_left=0)
    assert found == model_id
    catalogue = f"according to the built-in catalogue of {claude_model.CATALOGUE_DATE}"
    assert ("2099-01-01" in message) == is_known
    assert (catalogue in message) == is_known
    assert ("min_days_left could not be checked" in message) == (not is_known)


def test_model_that_the_catalogue_calls_retired_is_answered_with_a_warning(gateway):
    found, message = warning_of("Sonnet 4")
    assert found == "claude-sonnet-4-20250514"
    assert "is claude-sonnet-4-20250514, which" in message
    assert f"{claude_model.CATALOGUE_DATE}; use claude-sonnet-5" in message


def test_model_that_the_catalogue_calls_retired_is_refused_with_min_days_left_or_upgrade(
    gateway, monkeypatch
):
    for row_, day in (
        (SONNET_4, "2026-06-15"),
        ({**SONNET_4, "retires_at": None}, "an unknown date"),
    ):
        with catalogue_of(monkeypatch, row_), pytest.raises(ModelRetiredError, match=f"{day} .*catalogue"):  # fmt: skip
            resolve("Sonnet 4", min_days_left=0)
    found, message = warning_of("Sonnet 4", upgrade=True)
    assert (found, message.endswith(" claude-sonnet-5")) == ("claude-sonnet-5", True)
    gateway.models = [listed("claude-sonnet-4-20250514"), listed("claude-sonnet-9-fast")]
    with pytest.raises(ModelRetiredError, match="no replacement in its family"):
        resolve("Sonnet 4", upgrade=True)


def test_row_whose_date_has_passed_is_retired_behind_a_gateway_too(gateway, monkeypatch):
    for days, verb in ((0, "retires"), (-1, "retired")):
        with catalogue_of(monkeypatch, {**SONNET_45, "retires_at": in_days(days)}):
            assert f"{verb} on {in_days(days)[:10]}" in warning_of("Sonnet 4.5")[1]


def test_deprecated_model_is_not_upgraded_and_a_newer_one_is_named(gateway):
    found, message = warning_of("Sonnet 4.5", upgrade=True)
    assert (found, message.endswith("; use claude-sonnet-5")) == (SONNET_45["id"], True)
    gateway.models = [listed(SONNET_45["id"]), listed(SONNET_4["id"])]
    assert "; no newer active model in its family" in warning_of("Sonnet 4.5")[1]


def test_min_days_left_uses_the_dates_of_the_catalogue(gateway, monkeypatch):
    with catalogue_of(monkeypatch, {**SONNET_45, "retires_at": in_days(10)}):
        with pytest.raises(ModelRetiredError, match=f"in 10 days .+{in_days(0)[:10]} .+11"):
            resolve("Sonnet 4.5", min_days_left=11)
        with pytest.warns(UserWarning) as caught:
            assert resolve("Sonnet 4.5", min_days_left=11, upgrade=True).id == "claude-sonnet-5"
        assert messages(caught)[0].endswith(" claude-sonnet-5")
        assert warning_of("Sonnet 4.5", min_days_left=10)[0] == SONNET_45["id"]


@pytest.mark.parametrize("name", ["claude-sonnet-5", "my-coder"])
def test_min_days_left_without_any_date_is_a_warning(gateway, name):
    found, message = warning_of(name, min_days_left=30)
    assert (found, message[: len(name)]) == (name, name)
    assert "min_days_left could not be checked" in message


def test_date_of_the_server_beats_that_of_the_catalogue(gateway):
    gateway.models = [listed(SONNET_45["id"], retires_at=in_days(5))]
    with pytest.raises(ModelRetiredError, match="in 5 days"):
        resolve("Sonnet 4.5", min_days_left=30)


def test_catalogue_is_not_consulted_for_a_server_that_sends_lifecycles(api, monkeypatch):
    api.models = [row("claude-opus-5", "Claude Opus 5", "opus")]
    with catalogue_of(monkeypatch, {**OPUS_5, "lifecycle": "retired", "retires_at": in_days(-9)}):
        assert resolve("opus", min_days_left=30).id == "claude-opus-5"
