"""What a name means: a pure function over models, no server needed."""

import pytest

import claude_model
from claude_model import CATALOGUE, Model, ModelNotFoundError, match


def models(*rows):
    """Return models of (id, display_name, line, lifecycle, created_at), shorter rows ending early."""
    fields = ("id", "display_name", "line", "lifecycle", "created_at")
    return [Model(**dict(zip(fields, row))) for row in rows]


CLAUDE = models(
    ("claude-opus-5", "Claude Opus 5", "opus", "active", "2026-07-24T00:00:00Z"),
    ("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "active", "2026-06-29T00:00:00Z"),
    ("claude-opus-4-8", "Claude Opus 4.8", "opus", "active", "2026-05-28T00:00:00Z"),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "deprecated", "2025-09-29T00:00:00Z"),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "retired", "2025-05-22T00:00:00Z"),
)


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("  claude-opus-4-8\n", "claude-opus-4-8"),
        ("sonnet", "claude-sonnet-5"),
        ("Sonnet", "claude-sonnet-5"),
        ("sonnet-latest", "claude-sonnet-5"),
        ("claude-sonnet", "claude-sonnet-5"),
        ("claude-sonnet-latest", "claude-sonnet-5"),
        ("opus-4.8", "claude-opus-4-8"),
        ("Opus 4.8", "claude-opus-4-8"),
        ("4.8 opus", "claude-opus-4-8"),
        ("4 opus 8", "claude-opus-4-8"),
        ("Claude Opus 4.8", "claude-opus-4-8"),
        ("CLAUDE_OPUS_4_8", "claude-opus-4-8"),
        ("sonnet-4", "claude-sonnet-4-20250514"),
        ("sonnet 4.5", "claude-sonnet-4-5-20250929"),
        ("opus\u00a04.8", "claude-opus-4-8"),
    ],
)
def test_name_means_id_words_or_line(name, model_id):
    assert match(name, CLAUDE).id == model_id


@pytest.mark.parametrize(
    "name",
    [
        "opus 8.4",
        "opus 4",
        "opus 4.8 fast",
        "sonnet opus",
        "opus4.8",
        "claude",
        "latest",
        "claude latest",
        "!?",
        "4",
    ],
)
def test_name_with_other_words_means_nothing(name):
    with pytest.raises(ModelNotFoundError):
        match(name, CLAUDE)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "a model name is needed, such as 'sonnet' or 'opus-4.8', not ''"),
        (" \t\n", "a model name is needed, such as 'sonnet' or 'opus-4.8', not ' \\t\\n'"),
        (None, "a model name is needed, such as 'sonnet' or 'opus-4.8', not None"),
        ("x" * 201, "a model name has at most 200 characters, not 201"),
        ("opus\n5", "a model name holds no control characters: 'opus\\n5'"),
        ("opus\x00", "a model name holds no control characters: 'opus\\x00'"),
        ("opus\x9b5", "a model name holds no control characters: 'opus\\x9b5'"),
        ("opus\ud8005", "a model name holds no control characters: 'opus\\ud8005'"),
    ],
)
def test_name_that_can_be_none_is_a_value_error(name, message):
    with pytest.raises(ValueError) as caught:
        match(name, CLAUDE)
    assert str(caught.value) == message


def test_name_of_200_characters_is_a_name():
    with pytest.raises(ModelNotFoundError):
        match(" " + "x" * 200 + " ", CLAUDE)


def test_exact_id_beats_words():
    twins = models(("a", "opus 5"), ("opus-5", "Other"))
    assert match("opus-5", twins).id == "opus-5"


def test_words_beat_line():
    twins = models(("a", "Claude Opus 5", "opus"), ("b", "Claude Opus", "other"))
    assert match("opus", twins).id == "b"


def test_id_in_another_case_is_found_by_its_words():
    assert match("Claude-Opus-5", CLAUDE).id == "claude-opus-5"


@pytest.mark.parametrize("display_name", ["", "claude-haiku-4-5-20251001", "???"])
def test_id_less_its_date_serves_where_no_display_name_does(display_name):
    assert match("haiku 4.5", models(("claude-haiku-4-5-20251001", display_name))).id == "claude-haiku-4-5-20251001"


def test_date_in_a_display_name_is_a_word():
    with pytest.raises(ModelNotFoundError):
        match("haiku 4.5", models(("a", "Haiku 4.5 20251001")))


def test_of_models_with_the_same_words_the_active_one_is_meant():
    same = models(
        ("a", "Opus 5", "opus", "retired", "2026-03-01T00:00:00Z"),
        ("b", "Opus 5", "opus", "deprecated", "2026-02-01T00:00:00Z"),
        ("c", "Opus 5", "opus", "active", "2026-01-01T00:00:00Z"),
    )
    assert match("opus 5", same).id == "c"
    assert match("opus 5", same[:2]).id == "b"
    assert match("opus 5", same[:1]).id == "a"


def test_line_is_not_guessed_where_any_model_carries_one():
    some = models(("claude-opus-5", "Claude Opus 5", None), ("claude-haiku-5", "Claude Haiku 5", "haiku"))
    with pytest.raises(ModelNotFoundError):
        match("opus", some)


def test_line_is_a_word_of_the_name_where_no_model_carries_one():
    assert match("opus", models(("x-1", "Claude Opus 5"), ("x-2", "Claude Haiku 5"))).id == "x-1"


@pytest.mark.parametrize("display_name", ["", "Claude 5"])
def test_line_is_a_word_of_the_id_where_the_display_name_has_none(display_name):
    assert match("opus", models(("claude-opus-5", display_name))).id == "claude-opus-5"


def test_line_in_a_display_name_hides_the_words_of_the_id():
    with pytest.raises(ModelNotFoundError):
        match("fast", models(("claude-fast-5", "Claude Opus 5")))


def test_word_with_a_digit_is_no_line():
    with pytest.raises(ModelNotFoundError):
        match("v2", models(("a", "Claude v2 5")))


def test_line_of_several_words_is_a_line():
    assert match("fast opus", models(("a", "Claude 5", "opus-fast"))).id == "a"


@pytest.mark.parametrize("lifecycle", ["active", None])
def test_line_means_an_active_model_before_a_deprecated_one(lifecycle):
    line = models(
        ("new", "Opus 5", "opus", "deprecated", "2026-02-01T00:00:00Z"),
        ("old", "Opus 4", "opus", lifecycle, "2026-01-01T00:00:00Z"),
    )
    assert match("opus", line).id == "old"


def test_line_means_a_deprecated_model_where_none_is_active():
    line = models(("a", "Opus 5", "opus", "retired"), ("b", "Opus 4", "opus", "deprecated"))
    assert match("opus", line).id == "b"


@pytest.mark.parametrize("lifecycle", ["retired", "announced"])
def test_line_without_a_model_in_use_means_nothing(lifecycle):
    with pytest.raises(ModelNotFoundError):
        match("opus", models(("a", "Opus 5", "opus", lifecycle)))


def released(*dates):
    return models(*((f"opus-{index}", f"Opus {index}", "opus", "active", date) for index, date in enumerate(dates)))


def test_order_decides_where_the_list_stands_newest_first():
    known = models(
        ("b", "Haiku 2", "haiku", "active", "2026-02-01T00:00:00Z"),
        ("a", "Haiku 1", "haiku", "active", "2026-01-01T00:00:00Z"),
    )
    assert match("opus", [*released(None, None), *known]).id == "opus-0"


def test_order_decides_where_two_dates_are_equal():
    known = released(None, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert match("opus", known).id == "opus-0"


@pytest.mark.parametrize(
    ("dates", "model_id"),
    [
        (["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], "opus-1"),
        ([None, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], "opus-2"),
        ([None, "2026-01-01T00:00:00Z"], "opus-1"),
        (["1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"], "opus-1"),
        (["1969-12-31T16:00:00-08:00", "2026-01-01T00:00:00Z"], "opus-1"),
        (["soon", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-13-01T00:00:00Z", "2026-01-01T00:00:00Z"], "opus-1"),
        (["0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00Z"], "opus-1"),
        (["9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-01-01T00:00:00Z", "2026-01-01t00:30:00.123456789z"], "opus-1"),
        (["2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-01-01", "2026-01-01T00:00:01Z"], "opus-1"),
        (["2026-01-01T00:00:00", "2026-01-01T00:00:01Z"], "opus-1"),
        ([None, None], "opus-1"),
        (["2026-01-01T00:00:00Z", None], "opus-0"),
    ],
)
def test_latest_known_date_decides_where_the_order_proves_nothing(dates, model_id):
    assert match("opus", released(*dates)).id == model_id


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Opus 7.9", "Opus 7.10"),
        ("Opus 4.8", "Opus 5"),
        ("Opus 4", "Opus 4.1"),
        ("Opus 009", "Opus 10"),
        ("Opus 5", "Opus " + "9" * 5000),
    ],
)
def test_highest_version_decides_where_no_date_is_known(older, newer):
    assert match("opus", models(("a", older, "opus"), ("b", newer, "opus"))).id == "b"
    assert match("opus", models(("b", newer, "opus"), ("a", older, "opus"))).id == "b"


@pytest.mark.parametrize("order", [1, -1])
def test_date_in_the_id_decides_between_equal_versions(order):
    unnamed = models(("claude-3-5-sonnet-20240620",), ("claude-3-5-sonnet-20241022",))[::order]
    assert match("sonnet", unnamed).id == match("Sonnet 3.5", unnamed).id == "claude-3-5-sonnet-20241022"


def test_first_in_the_list_decides_where_nothing_else_does():
    assert match("opus", models(("b", "Opus 5"), ("a", "Opus 5"))).id == "b"


def test_version_of_an_id_is_less_its_date():
    unnamed = models(("claude-3-5-sonnet-20241022", "", "sonnet"), ("claude-4-sonnet-20250514", "", "sonnet"))
    assert match("sonnet", unnamed).id == "claude-4-sonnet-20250514"


def test_no_match_names_near_ones():
    with pytest.raises(ModelNotFoundError) as caught:
        match("sonet", CLAUDE)
    error = caught.value
    assert str(error) == f"no model is called 'sonet'; near it: {', '.join(error.suggestions)}"
    assert error.name == "sonet"
    assert error.suggestions[0] == "sonnet"
    assert len(error.suggestions) == 3
    assert isinstance(error, LookupError)


def test_near_names_are_ids_for_versions():
    with pytest.raises(ModelNotFoundError) as caught:
        match("claude-opus-4.9", CLAUDE)
    assert "claude-opus-4-8" in caught.value.suggestions


def test_no_match_far_from_all_names_points_to_the_list():
    with pytest.raises(ModelNotFoundError) as caught:
        match("gpt", CLAUDE)
    assert str(caught.value) == "no model is called 'gpt'; `python -m claude_model --list` shows all"
    assert caught.value.suggestions == ()


def test_near_name_of_several_models_is_that_of_the_first():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus 55", models(("newer", "Opus 5"), ("older", "Opus 5")))
    assert caught.value.suggestions == ("newer",)


def test_near_line_of_several_words_is_named():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus fsat", models(("a", "b", "opus fast"), ("c", "d", "opus-fast")))
    assert caught.value.suggestions == ("opus-fast",)


def test_no_match_names_no_line_with_control_characters():
    with pytest.raises(ModelNotFoundError) as caught:
        match("sonet", models(("a", "b", "sonnet\x1b[31m")))
    assert caught.value.suggestions == ()


def test_no_models_match_nothing():
    with pytest.raises(ModelNotFoundError):
        match("sonnet", iter(()))


def test_models_may_come_from_an_iterator():
    assert match("sonnet", iter(CLAUDE)).id == "claude-sonnet-5"


def test_catalogue_is_matched_by_the_same_rules():
    assert match("sonnet", CATALOGUE).id == "claude-sonnet-5-5"
    assert match("Opus 4.8", CATALOGUE).id == "claude-opus-4-8"
    assert match("claude-haiku-4-5", CATALOGUE).id == "claude-haiku-4-5-20251001"


def test_every_catalogue_model_is_found_by_its_id_and_by_its_name():
    for model in CATALOGUE:
        assert match(model.id, CATALOGUE) is model
        assert match(model.display_name, CATALOGUE).display_name == model.display_name


def test_catalogue_stands_newest_first_and_holds_every_lifecycle():
    released_on = [model.created_at for model in CATALOGUE if model.created_at]
    assert released_on == sorted(released_on, reverse=True)
    assert {model.lifecycle for model in CATALOGUE} == {"active", "deprecated", "retired"}
    assert claude_model.CATALOGUE_DATE == "2026-11-23"
    assert len({model.id for model in CATALOGUE}) == len(CATALOGUE) == 25


def test_catalogue_keeps_its_row_as_raw():
    raw = match("claude-fable-5-2", CATALOGUE).raw
    assert raw == {
        "id": "claude-fable-5-2",
        "display_name": "Claude Fable 5.2",
        "created_at": None,
        "line": "fable",
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": 1000000,
        "max_tokens": 128000,
    }
