"""How a name is resolved with the API: which requests are made, what is refused, replaced and warned of."""

import re
import time
import warnings

import pytest
from helpers import LIST, RETIRED_LIST, catalogue_of, messages
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5, SONNET_45, in_days, row
from sockets import reset

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    ModelNotFoundError,
    ModelRetiredError,
    UnavailableError,
    resolve,
)  # fmt: skip

OPUS_4 = row("claude-opus-4", "Claude Opus 4", "opus", "deprecated")


def refused(name, **options):
    with pytest.raises(ModelRetiredError) as caught:
        resolve(name, **options)
    return caught.value


def warned(name, **options):
    """Return the model that a name means, and the texts of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = resolve(name, **options)
    return model.id, messages(caught)


@pytest.mark.parametrize(
    ("name", "model_id", "paths"),
    [
        ("claude-opus-5", "claude-opus-5", ["/v1/models/claude-opus-5"]),
        (" claude-opus-5\n", "claude-opus-5", ["/v1/models/claude-opus-5"]),
        ("claude-haiku-4-5", HAIKU_45["id"], ["/v1/models/claude-haiku-4-5"]),
        ("sonnet", "claude-sonnet-5", [LIST]),
        ("opus-4.8", "claude-opus-4-8", [LIST]),
        ("Claude-Opus-5", "claude-opus-5", [LIST]),
        ("claude-sonnet", "claude-sonnet-5", ["/v1/models/claude-sonnet", LIST]),
    ],
)
def test_name_that_begins_with_claude_is_looked_up_first(api, name, model_id, paths):
    assert resolve(name).id == model_id
    assert api.paths == paths


@pytest.mark.parametrize("status", [401, 403, 407, 408, 409, 429, 500, 503, 529])
def test_look_up_that_the_list_would_repeat_ends_the_call(api, status):
    api.answer(status, times=2)
    with pytest.raises((APIError, CredentialError)):
        Client(max_retries=0).resolve("claude-opus-5")
    assert len(api.paths) == 1


def test_look_up_without_an_answer_ends_the_call(listen):
    listener = listen(reset)
    with pytest.raises(UnavailableError):
        Client("key", base_url=f"http://127.0.0.1:{listener.port}", max_retries=0).resolve("claude-x")  # fmt: skip
    assert listener.connections == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b""), (402, b""), (404, b""), (405, b""), (501, b""), (302, b""), (200, b"<html>"), (200, b"{}"), (204, b""),
     (200, b'{"data": []}'), (200, b'{"id": "a b"}'), (200, b'{"id": "claude-echo"}')],
)  # fmt: skip
def test_any_other_look_up_goes_on_to_the_list(api, status, body):
    api.answer(status, body)
    assert resolve("claude-opus-5").id == "claude-opus-5"
    assert api.paths == ["/v1/models/claude-opus-5", LIST]


def test_unknown_name_is_looked_for_among_the_retired_too(api):
    with pytest.raises(ModelNotFoundError) as caught:
        resolve("claude-sonet-5")
    assert api.paths == ["/v1/models/claude-sonet-5", LIST, RETIRED_LIST]
    assert caught.value.suggestions[:2] == ("claude-sonnet-5", "sonnet")


@pytest.mark.parametrize("serves_retired", [True, False])
@pytest.mark.parametrize("name", [SONNET_4["id"], "sonnet-4", "Claude Sonnet 4"])
def test_retired_model_is_refused_with_its_day_and_its_replacement(api, name, serves_retired):
    api.serves_retired = serves_retired
    error = refused(name)
    assert (error.model.id, error.successor.id) == (SONNET_4["id"], "claude-sonnet-5")
    assert "claude-sonnet-4-20250514" in str(error)
    assert "2026-06-15; use claude-sonnet-5, or pass upgrade=True" in str(error)
    names_both = f"{name!r} is claude-sonnet-4-20250514, which" in str(error)
    assert names_both == (name != SONNET_4["id"])
    with pytest.raises(ModelRetiredError):
        Client().resolve(name)


def test_upgrade_answers_with_the_replacement_and_warns(api):
    model_id, [warning] = warned(SONNET_4["id"], upgrade=True)
    assert model_id == "claude-sonnet-5"
    assert re.fullmatch("claude-sonnet-4-20250514 .+ 2026-06-15; .+ claude-sonnet-5", warning)


def test_family_of_which_every_model_is_retired_is_refused(api):
    api.models = [OPUS_5]
    error = refused("sonnet", upgrade=True)
    assert error.successor is None
    assert "'sonnet' is claude-sonnet-4-20250514, which" in str(error)
    assert str(error).endswith("; no replacement in its family; choose another model")


def test_retirement_on_an_unknown_day_says_so(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "retired")]
    assert " an unknown date; use claude-sonnet-5" in str(refused("sonnet 4"))


@pytest.mark.parametrize("status", [400, 404, 422, 501])
def test_server_that_refuses_the_filter_has_no_retired_models(api, status):
    api.answer(200, {"data": [{"id": "claude-opus-5"}]})
    api.answer(status)
    with pytest.raises(ModelNotFoundError):
        resolve("sonnet-4")


def test_server_that_ignores_the_filter_has_no_retired_models(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", None)]
    with pytest.raises(ModelNotFoundError):
        resolve("claude-sonnet-4")


def test_failing_list_of_the_retired_is_an_error(api):
    api.answer(200, {"data": [{"id": "claude-opus-5"}]})
    api.answer(500, times=3, retry_after_ms="1")
    with pytest.raises(UnavailableError):
        resolve("sonnet 4")


@pytest.mark.parametrize("status", [400, 401, 503])
def test_failing_list_leaves_a_model_that_was_found_as_it_is(api, status):
    for sent in (SONNET_4, SONNET_45):
        api.answer(200, sent)
        api.answer(status, times=3, retry_after_ms="1")
        if sent is SONNET_4:
            error = refused(SONNET_4["id"], upgrade=True)
            assert error.successor is None
            assert f"its replacement could not be looked up ({api.host}: {status}" in str(error)
        else:
            model_id, [warning] = warned(SONNET_45["id"])
            assert model_id == SONNET_45["id"]
            assert f"could not be looked up ({api.host}: {status}" in warning
        api.queue.clear()


def test_replacement_is_plain_active_and_of_the_same_line(api):
    api.models = [
        OPUS_5,
        row("claude-sonnet-9-fast", "Claude Sonnet 9 fast", "sonnet"),
        {**SONNET_5, "lifecycle": "deprecated"},
        row("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet"),
    ]
    assert warned(SONNET_4["id"], upgrade=True)[0] == "claude-sonnet-4-6"
    api.models = api.models[:3]
    model_id, warnings_ = warned(SONNET_4["id"], upgrade=True)
    assert model_id == "claude-sonnet-5"
    assert re.match("claude-sonnet-5 .+ an unknown date; no newer", warnings_[1])


def test_retired_model_without_a_line_has_no_replacement(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", None, "retired")]
    assert refused("claude-sonnet-4").successor is None


def test_replacement_of_two_providers_is_named_and_not_chosen(api, catalogue):
    api.models = [{"id": "a/claude-sonnet-5"}, {"id": "b/claude-sonnet-5"}]
    api.serves_retired = True
    error = refused(SONNET_4["id"], upgrade=True)
    assert error.successor is None
    assert str(error).endswith("; use a/claude-sonnet-5 or b/claude-sonnet-5")


@pytest.mark.parametrize("upgrade", [True, False])
def test_deprecated_model_is_answered_with_a_warning_and_one_request_more(api, upgrade):
    model_id, [warning] = warned(SONNET_45["id"], upgrade=upgrade)
    assert model_id == SONNET_45["id"]
    when = "retires on 2099-01-01, in [0-9]+ days"
    assert re.fullmatch(f"{model_id} is deprecated and {when}; use claude-sonnet-5", warning)
    assert api.paths == [f"/v1/models/{SONNET_45['id']}", LIST]


@pytest.mark.parametrize(
    ("days", "when"),
    [
        (-1, "was due to retire on {}; "),
        (0, "retires on {}, in 0 days; "),
        (1, "retires on {}, in 1 day; "),
        (2, "retires on {}, in 2 days; "),
    ],
)
def test_warning_says_when_a_deprecated_model_retires(api, days, when):
    api.models = [{**OPUS_4, "retires_at": in_days(days)}]
    model_id, [warning] = warned("opus")
    assert model_id == "claude-opus-4"
    assert f"'opus' is {model_id}, which " in warning
    assert when.format(in_days(days)[:10]) in warning


def test_warning_recommends_a_newer_active_model_only(api):
    older = row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", created_at="2025-01-01T00:00:00Z")
    newer = row("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "deprecated", created_at="2026-02-01")  # fmt: skip
    api.models = [OPUS_5, newer, SONNET_45, older]
    assert warned("sonnet 4.5")[1][0].endswith("; no newer active model in its family; choose another model")  # fmt: skip
    api.models = [row("claude-opus-4-1", "Claude Opus 4.1", "opus"), OPUS_4]  # No dates: versions.
    assert warned("opus 4")[1][0].endswith("; use claude-opus-4-1")


def test_model_of_an_unknown_lifecycle_is_answered_without_a_warning(api):
    api.models = [{**OPUS_5, "lifecycle": "preview"}]
    assert warned("claude-opus-5") == ("claude-opus-5", [])


def test_warning_points_at_the_line_that_calls(api):
    for call in (resolve, Client().resolve):
        with pytest.warns(UserWarning) as caught:
            call(SONNET_45["id"])
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("lifecycle", ["active", "deprecated", None])
def test_min_days_left_refuses_and_upgrades_what_retires_in_fewer_days(api, lifecycle):
    api.models = [OPUS_5, {**OPUS_48, "lifecycle": lifecycle, "retires_at": in_days(30)}]
    assert warned("opus-4.8", min_days_left=30)[0] == "claude-opus-4-8"
    error = str(refused("opus-4.8", min_days_left=31))
    assert f"retires on {in_days(30)[:10]}, in 30 days (minimum: 31); use claude-opus-5, " in error
    model_id, [warning] = warned("opus-4.8", min_days_left=31, upgrade=True)
    assert model_id == "claude-opus-5"
    assert re.search("in 30 days .+ claude-opus-5", warning)


def test_min_days_left_refuses_retired_and_overdue_models(api):
    assert "2026-06-15; use" in str(refused(SONNET_4["id"], min_days_left=0))
    api.models = [{**OPUS_4, "retires_at": in_days(-2)}]
    assert warned("opus")[0] == "claude-opus-4"  # The lifecycle decides what is retired.
    error = str(refused("opus", min_days_left=0))
    assert f"was due to retire on {in_days(-2)[:10]}" in error


@pytest.mark.parametrize(
    "retires_at", [None, "soon", "1970-01-01T00:00:00Z", "2026-02-30", "2026-01-01x", 5]
)
def test_min_days_left_lets_an_unknown_day_pass(api, retires_at):
    api.models = [{**OPUS_48, "retires_at": retires_at}]
    assert warned("opus-4.8", min_days_left=9999) == ("claude-opus-4-8", [])


def test_replacement_has_the_days_left_too(api):
    later = row("claude-opus-4-9", "Claude Opus 4.9", "opus", retires_at=in_days(10))
    sooner = {**OPUS_5, "retires_at": in_days(9)}
    api.models = [sooner, later, {**OPUS_48, "retires_at": in_days(5)}]
    assert warned("opus-4.8", min_days_left=10, upgrade=True)[0] == "claude-opus-4-9"


@pytest.mark.parametrize("days", [-1, 1.5, "30", True])
def test_min_days_left_is_a_whole_number(monkeypatch, days):
    for offline in (True, False):
        with pytest.raises(ValueError, match="min_days_left must be a whole number, 0 or more"):
            resolve("opus", min_days_left=days, offline=offline)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs tzset")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_days_are_those_of_utc_and_the_day_of_a_timestamp_is_as_it_is_written(
    api, monkeypatch, zone
):
    api.models = [{**OPUS_48, "retires_at": f"{in_days(2)[:10]}T23:00:00-12:00"}]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert resolve("opus-4.8", min_days_left=2).id == "claude-opus-4-8"
        assert "in 2 days" in str(refused("opus-4.8", min_days_left=3))
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_offline_answers_from_the_catalogue_without_key_and_network(catalogue):
    assert resolve("Opus 5", offline=True) == claude_model.CATALOGUE[0]
    assert refused(SONNET_4["id"], offline=True).successor.id == "claude-sonnet-5"
    model_id, [warning] = warned("sonnet 4", offline=True, upgrade=True)
    assert (model_id, warning.endswith(" claude-sonnet-5")) == ("claude-sonnet-5", True)


@pytest.mark.parametrize(("days", "is_stale"), [(90, False), (91, True)])
def test_catalogue_of_over_90_days_is_warned_of(monkeypatch, days, is_stale):
    with catalogue_of(monkeypatch, OPUS_5, days=days):
        model_id, warnings_ = warned("opus", offline=True)
    assert model_id == "claude-opus-5"
    assert len(warnings_) == is_stale
    assert all(f"{in_days(-days)[:10]} is {days} days old" in text for text in warnings_)


def test_row_of_the_catalogue_is_retired_from_the_day_after_its_date(monkeypatch):
    with catalogue_of(monkeypatch, OPUS_5, {**OPUS_4, "retires_at": in_days(0)}):
        assert warned("opus 4", offline=True)[0] == "claude-opus-4"
    with catalogue_of(monkeypatch, OPUS_5, {**OPUS_4, "retires_at": in_days(-1)}):
        error = refused("opus 4", offline=True)
        assert f"{in_days(-1)[:10]}; use claude-opus-5" in str(error)


@pytest.mark.parametrize(
    "name",
    ["sonnet", "4.8 opus", "latest opus", "claude-opus-5", "anthropic/claude-opus-5", "claude-haiku-4-5", "sonnet-4",
     "claude-4-sonnet-20250514", "opus 6", "sonet", "gpt-5", "opus[1m]", "best", "us.anthropic.claude-opus-5", "$MODEL"],
)  # fmt: skip
def test_name_is_answered_alike_offline_and_by_the_api(api, monkeypatch, name):
    outcomes = []
    with catalogue_of(monkeypatch, *api.models, *api.retired):
        for offline in (False, True):
            try:
                outcomes.append(warned(name, offline=offline))
            except (ModelNotFoundError, ModelRetiredError) as error:
                outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_list_of_several_pages_is_read_whole_and_once(api):
    api.page_size = 2
    assert resolve("haiku 4.5").id == HAIKU_45["id"]
    pages = [f"{LIST}&after_id={cursor}" for cursor in ("claude-sonnet-5", HAIKU_45["id"])]
    assert api.paths == [LIST, *pages]


def test_options_of_resolve_are_keyword_only(api):
    for function in (resolve, Client().resolve):
        with pytest.raises(TypeError):
            function("opus", True)
