"""Behind a gateway: one constant date, no lines, no lifecycles, IDs with providers, names of people's own."""

import json

import pytest
from helpers import (
    HAIKU_45,
    OPUS_5,
    SONNET_4,
    SONNET_5,
    SONNET_45,
    fresh_catalogue,
    in_days,
    messages,
    row,
)

import claude_model
from claude_model import ModelNotFoundError, ModelRetiredError, main, resolve


def listed(model_id, **fields):
    """Return a row as LiteLLM lists it."""
    return {
        "type": "model",
        "id": model_id,
        "display_name": model_id,
        "created_at": "2023-02-28T18:56:42Z",
        **fields,
    }


@pytest.fixture
def gateway(api):
    """Yield an API that answers as LiteLLM does."""
    api.models = [
        listed("claude-sonnet-4-20250514", max_input_tokens=200000),
        listed("claude-sonnet-4-5-20250929"),
        listed("claude-opus-4-5"),
        listed("claude-sonnet-5"),
        listed("claude-opus-4-8"),
        listed("claude-haiku-4-5-20251001"),
        listed("my-coder"),
        listed("gpt-5"),
    ]
    api.aliases = {}
    respond = api.respond

    def respond_as_gateway(path):
        status, body, headers = respond(path)
        if path.startswith("/v1/models/") and status == 200:
            sent = json.loads(body)
            body = json.dumps(
                {"id": sent["id"], "object": "model", "created": 1677610602, "owned_by": "a"}
            ).encode()
        if status == 404:
            body = b'{"detail": "The model does not exist or is not accessible"}'
        return status, body, headers

    def page(query):
        return {
            "data": api.models,
            "has_more": False,
            "first_id": api.models[0]["id"],
            "last_id": api.models[-1]["id"],
        }

    api.respond = respond_as_gateway
    api.page = page  # It ignores the filter for the retired, too.
    return api


@pytest.fixture
def catalogue(monkeypatch):
    with fresh_catalogue(monkeypatch, OPUS_5, SONNET_5, HAIKU_45, SONNET_45, SONNET_4):
        yield


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("sonnet", "claude-sonnet-5"),
        ("claude-sonnet-latest", "claude-sonnet-5"),
        ("opus", "claude-opus-4-8"),
        ("Opus 4.5", "claude-opus-4-5"),
        ("haiku", "claude-haiku-4-5-20251001"),
        ("Haiku 4.5", "claude-haiku-4-5-20251001"),
        ("claude-sonnet-5", "claude-sonnet-5"),
        ("my-coder", "my-coder"),
    ],
)
def test_newest_version_is_found_in_any_order(gateway, catalogue, name, model_id, order):
    gateway.models = gateway.models[::order]
    assert resolve(name).id == model_id


def test_provider_before_the_id_is_not_part_of_the_name(gateway, catalogue):
    gateway.models = [listed("anthropic/claude-sonnet-4-6"), listed("anthropic/claude-sonnet-5")]
    for name in ("sonnet", "Sonnet 5", "claude-sonnet-5", "anthropic/claude-sonnet-5"):
        assert resolve(name).id == "anthropic/claude-sonnet-5"


def test_same_model_from_two_providers_is_an_error_that_names_them(gateway, catalogue, capsys):
    gateway.models = [
        listed("anthropic/claude-sonnet-5-5"),
        listed("bedrock/eu.anthropic.claude-sonnet-5-5"),
    ]
    with pytest.raises(ModelNotFoundError) as caught:
        resolve("sonnet")
    ids = "anthropic/claude-sonnet-5-5 or bedrock/eu.anthropic.claude-sonnet-5-5"
    assert str(caught.value) == f"'sonnet' is ambiguous; use {ids}"
    assert main(["--fallback", "claude-x", "sonnet"]) == 1
    assert capsys.readouterr().out == ""


def test_unknown_name_is_unknown_though_the_filter_is_ignored(gateway, catalogue):
    with pytest.raises(ModelNotFoundError):
        resolve("claude-opus-9")


@pytest.mark.parametrize("prefix", ["", "anthropic/"])
def test_model_that_the_catalogue_lists_as_retired_is_answered_with_a_warning(
    gateway, catalogue, prefix
):
    gateway.models = [
        listed(prefix + "claude-sonnet-4-20250514"),
        listed(prefix + "claude-sonnet-5"),
    ]
    with pytest.warns(UserWarning) as caught:
        assert resolve("Sonnet 4").id == prefix + "claude-sonnet-4-20250514"
    assert messages(caught) == [
        f"'Sonnet 4' is {prefix}claude-sonnet-4-20250514, which retired on 2026-06-15 according to the built-in catalogue of "
        f"{claude_model.CATALOGUE_DATE}; use {prefix}claude-sonnet-5"
    ]


def test_model_that_the_catalogue_lists_as_deprecated_is_answered_with_a_warning(
    gateway, catalogue
):
    with pytest.warns(UserWarning) as caught:
        assert (
            resolve("claude-sonnet-4-5-20250929", upgrade=True).id == "claude-sonnet-4-5-20250929"
        )
    message = messages(caught)[0]
    assert message.startswith(
        "claude-sonnet-4-5-20250929 is deprecated and retires on 2099-01-01, in "
    )
    assert message.endswith(
        f" days according to the built-in catalogue of {claude_model.CATALOGUE_DATE}; use claude-sonnet-5"
    )


def test_model_is_never_recommended_instead_of_itself(gateway, catalogue):
    gateway.models = [listed("claude-sonnet-4-5-20250929"), listed("claude-sonnet-4-20250514")]
    with pytest.warns(
        UserWarning, match="; no newer active model in its family; choose another model"
    ):
        resolve("claude-sonnet-4-5-20250929")


def test_min_days_left_uses_the_dates_of_the_catalogue(gateway, monkeypatch):
    with fresh_catalogue(monkeypatch, {**SONNET_45, "retires_at": in_days(10)}):
        with pytest.raises(ModelRetiredError) as caught:
            resolve("claude-sonnet-4-5-20250929", min_days_left=30)
        assert str(caught.value) == (
            f"claude-sonnet-4-5-20250929 retires on {in_days(10)[:10]}, in 10 days according to the built-in catalogue "
            f"of {in_days(0)[:10]} (minimum: 30); use claude-sonnet-5, or pass upgrade=True"
        )
        with pytest.warns(UserWarning) as warned:
            assert (
                resolve("claude-sonnet-4-5-20250929", min_days_left=30, upgrade=True).id
                == "claude-sonnet-5"
            )
        assert "; upgraded to claude-sonnet-5" in messages(warned)[0]
        with pytest.warns(UserWarning, match="is deprecated"):
            assert (
                resolve("claude-sonnet-4-5-20250929", min_days_left=10).id
                == "claude-sonnet-4-5-20250929"
            )


def test_min_days_left_refuses_what_the_catalogue_lists_as_retired(gateway, catalogue):
    with pytest.raises(
        ModelRetiredError,
        match=r"retired on 2026-06-15 according to .* \(minimum: 0\); use claude-sonnet-5",
    ):
        resolve("Sonnet 4", min_days_left=0)


@pytest.mark.parametrize("name", ["claude-sonnet-5", "my-coder"])
def test_min_days_left_without_any_date_is_a_warning(gateway, catalogue, name, capsys):
    with pytest.warns(UserWarning) as caught:
        assert resolve(name, min_days_left=30).id == name
    reason = f"neither the server nor the built-in catalogue of {claude_model.CATALOGUE_DATE} has a retirement date"
    assert messages(caught) == [f"min_days_left could not be checked for {name}: {reason}"]
    assert main(["--min-days-left", "30", name]) == 0
    assert (
        capsys.readouterr().err
        == f"warning: --min-days-left could not be checked for {name}: {reason}\n"
    )


def test_date_of_the_server_beats_that_of_the_catalogue(gateway, catalogue):
    gateway.models = [listed("claude-sonnet-4-5-20250929", retires_at=in_days(5))]
    with pytest.raises(ModelRetiredError, match=r"in 5 days \(minimum: 30\)"):
        resolve("Sonnet 4.5", min_days_left=30)


@pytest.mark.parametrize("lifecycle", ["active", "deprecated"])
def test_catalogue_is_not_consulted_for_a_server_that_sends_lifecycles(api, monkeypatch, lifecycle):
    api.models = [
        row("claude-opus-5", "Claude Opus 5", "opus", lifecycle, retires_at="2099-01-01T00:00:00Z")
    ]
    with fresh_catalogue(
        monkeypatch, {**OPUS_5, "lifecycle": "retired", "retires_at": in_days(-9)}
    ):
        if lifecycle == "deprecated":
            with pytest.warns(UserWarning, match="is deprecated and retires on 2099-01-01, in "):
                assert resolve("opus", min_days_left=30).id == "claude-opus-5"
        else:
            assert resolve("opus", min_days_left=30).id == "claude-opus-5"


def test_rows_that_people_named_freely_do_not_make_the_list_unusable(gateway, catalogue):
    gateway.models = [listed("my model (fast)"), listed("anthropic/*"), listed(""), *gateway.models]
    assert resolve("sonnet").id == "claude-sonnet-5"


def test_upgrade_replaces_a_model_that_the_catalogue_calls_retired(gateway, catalogue):
    with pytest.warns(UserWarning) as caught:
        assert resolve("claude-sonnet-4-20250514", upgrade=True).id == "claude-sonnet-5"
    assert messages(caught) == [
        f"claude-sonnet-4-20250514 retired on 2026-06-15 according to the built-in catalogue of {claude_model.CATALOGUE_DATE}; "
        "upgraded to claude-sonnet-5"
    ]


def test_upgrade_without_a_replacement_is_an_error(gateway, catalogue):
    gateway.models = [listed("claude-sonnet-4-20250514"), listed("claude-sonnet-9-fast")]
    with pytest.raises(
        ModelRetiredError, match="no replacement in its family; choose another model"
    ):
        resolve("claude-sonnet-4-20250514", upgrade=True)


@pytest.mark.parametrize(
    ("model_id", "is_known"),
    [
        ("claude-sonnet-4-5", True),
        ("anthropic/claude-sonnet-4.5", True),
        ("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("claude-4.5-sonnet", True),
        ("claude-sonnet-4-5-20990101", False),
        ("claude-sonnet-4-6", False),
        ("my-sonnet-4-5", False),
    ],
)
def test_catalogue_is_asked_by_family_version_and_date(gateway, catalogue, model_id, is_known):
    gateway.models = [listed(model_id)]
    with pytest.warns(UserWarning) as caught:
        assert resolve(model_id, min_days_left=0).id == model_id
    expected = "is deprecated and retires on 2099-01-01" if is_known else "could not be checked"
    assert expected in messages(caught)[0]


def test_min_days_left_refuses_a_model_that_the_catalogue_calls_retired_without_a_date(
    gateway, monkeypatch
):
    with (
        fresh_catalogue(monkeypatch, {**SONNET_4, "retires_at": None}),
        pytest.raises(
            ModelRetiredError, match=r"retired on an unknown date according to .* \(minimum: 0\)"
        ),
    ):
        resolve("claude-sonnet-4-20250514", min_days_left=0)
