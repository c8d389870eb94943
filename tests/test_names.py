"""What a name means: how it is read, and which model of a list it finds. Pure functions, no server."""

import pytest
from helpers import catalogue_of
from rows import SONNET_4, models, row

import claude_model
from claude_model import CATALOGUE, ModelNotFoundError, match

CLAUDE = models(
    ("claude-opus-5", "Claude Opus 5", "opus", "active", "2026-07-24T00:00:00Z"),
    ("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "active", "2026-06-29T00:00:00Z"),
    ("claude-opus-4-8", "Claude Opus 4.8", "opus", "active", "2026-05-28T00:00:00Z"),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "deprecated", "2025-09-29T00:00:00Z"),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "retired", "2025-05-22T00:00:00Z"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_catalogue(monkeypatch):
    with catalogue_of(monkeypatch, row("claude-opus-4-6", line="opus"), SONNET_4):
        yield


def missing(name, listed=CLAUDE):
    with pytest.raises(ModelNotFoundError) as caught:
        match(name, listed)
    return caught.value


@pytest.mark.parametrize(
    ("text", "family", "version", "variant", "date"),
    [
        ("opus", "opus", (), (), ""),
        ("Opus 4.8", "opus", (4, 8), (), ""),
        ("4.8 opus", "opus", (4, 8), (), ""),
        ("opus4.8", "opus", (4, 8), (), ""),
        ("claude opus 4 8", "opus", (4, 8), (), ""),
        ("sonnet-4.0", "sonnet", (4,), (), ""),
        ("opus 10.10", "opus", (10, 10), (), ""),
        ("claude-3-7-sonnet-20250219", "sonnet", (3, 7), (), "20250219"),
        ("claude-opus-4-20250514", "opus", (4,), (), "20250514"),
        ("openrouter/anthropic/claude-opus-4.8", "opus", (4, 8), (), ""),
        ("Anthropic: Claude Opus 4.8", "opus", (4, 8), (), ""),
        # A v before a number: next to the family a version, behind a version or a date a revision.
        ("claude-v4-sonnet", "sonnet", (4,), (), ""),
        ("claude-v4-5-sonnet", "sonnet", (4, 5), (), ""),
        ("opus v4.8", "opus", (4, 8), (), ""),
        ("claude-3-5-sonnet-v2", "sonnet", (3, 5), (), ""),
        ("claude-3-5-sonnet-v2@20241022", "sonnet", (3, 5), (), "20241022"),
        ("bedrock/us.anthropic.claude-opus-4-6-v1:0", "opus", (4, 6), (), ""),
        ("claude-opus-20250514-v1", "opus", (), (), "20250514"),
        ("claude-opus-fast-v2", "opus", (), ("fast", "v2"), ""),
        ("claude-v5-opus:0", "opus", (5,), ("0",), ""),
        # What is no version, date or revision is part of the variant.
        ("us.anthropic.claude-opus-4-6-v1[1m]", "opus", (4, 6), ("1m",), ""),
        ("claude-opus-4-1-thinking:64000", "opus", (4, 1), ("64000", "thinking"), ""),
        ("Claude Opus 4.6 (1M context)", "opus", (4, 6), ("1m", "context"), ""),
        ("Claude Sonnet 4 (May 2025)", "sonnet", (4,), ("2025", "may"), ""),
        ("claude-opus-41", "opus", (41,), (), ""),
        ("claude-opus-5-2025051", "opus", (5,), ("2025051",), ""),
        ("claude-opus-5-202505140", "opus", (5,), ("202505140",), ""),
        ("claude-opus-5-20250514-20250929", "opus", (5,), ("20250929",), "20250514"),
        ("claude-sonnet-64000", "sonnet", (), ("64000",), ""),
        ("128-opus-5", "opus", (5,), ("128",), ""),
        ("opus 4.5.1", "opus", (4, 5), ("1",), ""),
        ("3 4 opus 5", "opus", (3, 4), ("5",), ""),
        # A number before "claude" is next to no family, if there is another one.
        ("Pool 9: Claude Opus 4.5", "pool", (9,), ("4", "5", "opus"), ""),
        ("2. Claude Sonnet 4.6", "sonnet", (4, 6), ("2",), ""),
        ("9: Claude Claude Opus 4", "opus", (4,), ("9",), ""),
        ("4.8 claude opus", "opus", (4, 8), (), ""),
        ("qwen3.5-27b-claude-4.6-opus", "qwen", (3, 5), ("27b", "4", "6", "opus"), ""),
        ("claude-sonnet-latest", "sonnet", (), ("latest",), ""),
        # Only ASCII digits are digits, and no letter or number is dropped.
        ("opus \uff14.\uff18", "opus", (), ("\uff14", "\uff18"), ""),
        ("opus \u2463", "opus", (), ("\u2463",), ""),
        ("opus \uff148", "opus", (), ("8", "\uff14"), ""),
        ("opus 4.5\u00b2", "opus", (4,), ("5\u00b2",), ""),
        ("\u7ebf\u8def \u2460", "\u7ebf\u8def", (), ("\u2460",), ""),
        ("claude-2.1", "", (), ("1", "2"), ""),
        ("!?", "", (), (), ""),
    ],
)  # fmt: skip
def test_text_is_read_into_family_version_variant_and_date(text, family, version, variant, date):
    assert claude_model._read(text)[:4] == (family, version, tuple(sorted(variant)), date)


def test_first_line_in_a_text_is_its_family_wherever_it_stands():
    assert claude_model._read("v2 fast opus 4", ["opus"])[:3] == ("opus", (4,), ("fast", "v2"))


@pytest.mark.parametrize(
    ("names", "model_id"),
    [
        (("claude-opus-4-8", "  claude-opus-4-8\n"), "claude-opus-4-8"),
        (("sonnet", "Sonnet", "sonnet-latest", "latest sonnet", "claude-sonnet", "claude sonnet"), "claude-sonnet-5"),
        (("opus-4.8", "Claude Opus 4.8", "CLAUDE_OPUS_4_8", "anthropic/claude-opus-4.8"), "claude-opus-4-8"),
        (("Claude-Opus-5", "opus 5.0", "opus v5"), "claude-opus-5"),
        (("sonnet-4", "claude-sonnet-4-0", "claude-4-sonnet-20250514", "claude-v4-sonnet"), "claude-sonnet-4-20250514"),
        (("sonnet 4.5", "claude-sonnet-4-5"), "claude-sonnet-4-5-20250929"),
    ],
)  # fmt: skip
def test_name_means_an_id_a_version_or_a_family(names, model_id):
    for name in names:
        assert match(name, CLAUDE).id == model_id


@pytest.mark.parametrize(
    "name",
    ["opus 8.4", "opus 4", "opus 4.8 fast", "sonnet opus", "opus48", "claude", "latest", "!?", "4", "sonnet-4-20250929",
     "claude-sonnet-4-5-20250514", "sonnet 4.5.1", "\uff33\uff2f\uff2e\uff2e\uff25\uff34\uff15", "opus \u2463"],
)  # fmt: skip
def test_name_with_another_version_date_or_variant_means_nothing(name):
    missing(name)


@pytest.mark.parametrize("name", ["", " \t\n", None, "x" * 201, "a\nb", "a\x00", "a\x7f", "a\x9b", "a\ud800"])  # fmt: skip
def test_name_that_is_empty_or_long_or_has_a_control_character_is_a_value_error(name):
    with pytest.raises(ValueError, match=r"a model name must have 1 to 200 characters") as caught:
        match(name, CLAUDE)
    assert str(caught.value).isprintable()
    assert missing("x" * 200).name == "x" * 200


def test_exact_id_beats_a_reading():
    assert match("opus-5", models(("a", "Opus 5"), ("opus-5", "Other"))).id == "opus-5"


def test_version_is_that_of_the_first_reading_of_the_family_that_has_one():
    listed = models(
        ("claude-opus-41", "Claude Opus 4.1"), ("claude-opus-4.6", "Claude Opus 4.6"),
        ("claude-sonnet-4-20250514", "Claude Sonnet"),
        ("claude-fable-4", "GPT 5.6 Sol"), ("claude-fable-5", "Claude Fable 5"),
        ("claude-haiku-4-5", "Pool 9: Claude Haiku 4.5"),
        ("claude-sonnet-5", "1. Claude Sonnet 5"), ("claude-sonnet-4-6", "2. Claude Sonnet 4.6"),
    )  # fmt: skip
    assert match("opus", listed).id == "claude-opus-4.6"
    assert match("opus 4.1", listed).id == "claude-opus-41"
    assert match("sonnet-4", listed).id == "claude-sonnet-4-20250514"
    assert match("sonnet", listed).id == "claude-sonnet-5"
    assert match("fable", listed).id == "claude-fable-5"
    assert match("haiku 4.5", listed).id == "claude-haiku-4-5"


def test_words_that_a_gateway_adds_to_a_display_name_hide_no_model():
    listed = models(
        ("claude-sonnet-5", "claude-sonnet-5 (codex)"),
        ("claude-sonnet-4", "Claude Sonnet 4 (May 2025)"),
        ("claude-opus-5", "Claude Code Opus 5"),
    )
    assert match("sonnet-5", listed).id == match("sonnet", listed).id == "claude-sonnet-5"
    assert match("sonnet-4", listed).id == "claude-sonnet-4"
    assert match("opus", listed).id == "claude-opus-5"


@pytest.mark.parametrize("prefix", ["anthropic/", "a/b/", "us.anthropic."])
def test_provider_in_an_id_is_not_part_of_the_name(prefix):
    listed = models((f"{prefix}claude-haiku-4-5-20251001",))
    for name in ("Haiku 4.5", "haiku", "anthropic/claude-haiku-4.5"):
        assert match(name, listed) is listed[0]


def test_family_word_means_plain_models_and_a_variant_is_meant_by_its_own_name():
    listed = models(
        ("claude-opus-4.8-reasoning-distill", "Claude Opus 4.8"), ("claude-opus-4.6-fast",),
        ("claude-opus-4.6",), ("claude-sonnet-4-thinking:64000",), ("claude-sonnet-4-20250514",),
    )  # fmt: skip
    assert match("opus", listed).id == match("opus 4.6", listed).id == "claude-opus-4.6"
    assert match("opus 4.6 fast", listed).id == "claude-opus-4.6-fast"
    assert match("sonnet", listed).id == match("sonnet-4", listed).id == "claude-sonnet-4-20250514"


def test_family_of_variants_alone_names_them():
    error = missing("sonnet", models(("a/claude-3.7-sonnet-reasoning-gemma3-12b",), ("qwen3",)))
    assert error.suggestions == ("a/claude-3.7-sonnet-reasoning-gemma3-12b",)
    assert error.suggestions[0] in str(error)


def test_model_that_is_only_named_after_a_family_is_not_of_it():
    local = models(("qwen3.5-27b-claude-4.6-opus-distilled",), ("my-opus-5", "Opus 5"))
    assert missing("opus", local).suggestions == ()
    assert match("my opus 5", local).id == match("opus 5", local).id == "my-opus-5"


def test_other_models_are_found_by_their_display_names():
    listed = models(("1468c314-2acd-496e-a836", "GPT-5"), ("x-1", "\u7ebf\u8def \u2460"))
    assert match("gpt 5", listed) is listed[0]
    assert match("\u7ebf\u8def \u2460", listed) is listed[1]


def test_order_of_a_list_is_active_then_deprecated_then_retired():
    same = models(
        ("a", "Opus 5", "opus", "retired"), ("b", "Opus 5", "opus", "a new lifecycle"),
        ("c", "Opus 5", "opus", "deprecated"), ("d", "Opus 5", "opus"),
    )  # fmt: skip
    for name in ("opus 5", "opus"):
        assert [match(name, same[:end]).id for end in (1, 2, 3, 4)] == ["a", "b", "c", "d"]
    older = models(("new", "Opus 5", "opus", "deprecated"), ("old", "Opus 4", "opus"))
    assert match("opus", older).id == "old"


def test_family_is_the_line_where_any_model_has_one():
    listed = models(("claude-opus-5", "Claude Opus 5"), ("claude-nova-5", "Claude Nova 5", "haiku"))
    assert missing("opus", listed).suggestions == ()
    assert match("opus 5", listed).id == "claude-opus-5"
    assert match("haiku", listed).id == "claude-nova-5"


def test_line_of_several_words_is_a_family():
    listed = models(("a", "Opus Mini Pro 5", "Opus-Mini Pro"), ("b", "Claude Opus 6", "opus"))
    for name in ("Opus mini pro", "opus-mini-pro-5"):
        assert match(name, listed).id == "a"
    assert match("opus", listed).id == "b"


def released(*dates, line="opus"):
    ids = [f"claude-opus-{number}" for number in range(1, 9)]
    return models(*((name, "", line, "active", date) for name, date in zip(ids, dates)))


def test_order_of_a_list_with_lines_decides_if_its_dates_prove_it():
    proved = released(None, "2026-02-01T00:00:00Z", "2026-02-01T09:00:00Z", "2026-01-01")
    assert match("opus", proved).id == "claude-opus-1"


@pytest.mark.parametrize(
    "dates",
    [
        (None, None, None),
        ("2026-01-01T00:00:00Z", None, None),
        ("2023-02-28T18:56:42Z", "2023-02-28T18:56:42Z", "2023-02-28T18:56:42Z"),
        ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2026-13-01T00:00:00Z", "soon", "2026-01-01T00:00:00Z"),
    ],
)
def test_version_decides_where_the_dates_prove_no_order(dates):
    assert match("opus", released(*dates)).id == "claude-opus-3"


def test_dates_of_a_server_without_lines_order_nothing():
    assert match("opus", released("2026-03-01", "2026-02-01", line=None)).id == "claude-opus-2"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("claude-opus-4-9", "claude-opus-4-10"),
        ("claude-opus-4-8", "claude-opus-5"),
        ("claude-opus-4", "claude-opus-4-1"),
        ("claude-opus-9-20250101", "claude-opus-9-20250601"),
        ("a/claude-opus-4-6-20260205", "a/claude-opus-4-6"),  # The catalogue knows the second.
        ("anthropic.claude-opus-4-20250514-v1:0", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ],
)
def test_newest_has_the_highest_version_then_is_in_the_catalogue_then_has_the_latest_date(
    older, newer, order
):
    listed = models((older, "", None, "active"), (newer, "", None, "active"))[::order]
    assert match("opus", listed).id == newer


def test_plain_model_comes_before_a_variant_of_the_same_name():
    listed = models(("claude-opus-9-fast", "Claude Opus 9"), ("claude-opus-9", "Claude Opus 9"))
    assert match("opus 9", listed).id == "claude-opus-9"


def test_same_model_of_two_providers_is_ambiguous():
    ids = ("anthropic/claude-opus-5", "bedrock/claude-opus-5-v1:0")
    twins = models(*((model_id,) for model_id in ids), ("anthropic/claude-opus-4-8",))
    for name in ("opus", "Opus 5", "claude-opus-5"):
        error = missing(name, twins)
        assert error.suggestions == ids
        assert "is ambiguous" in str(error)
        assert all(model_id in str(error) for model_id in ids)
    assert match(ids[0], twins) is twins[0]


def test_message_of_many_candidates_is_short_and_has_three_suggestions():
    error = missing("opus", models(*((f"p{number}/claude-opus-5",) for number in range(200))))
    assert len(str(error)) < 400
    assert len(error.suggestions) == 3


def test_model_that_is_listed_twice_is_the_first_one_and_not_ambiguous():
    twice = models(("claude-opus-5", "Claude Opus 5"), ("claude-opus-5", "Another name"))
    for name in ("opus", "opus 5", "claude-opus-5"):
        assert match(name, iter(twice)) is twice[0]


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        ("sonet", ("sonnet", "claude-sonnet-5", "claude-sonnet-4-5-20250929")),
        ("opsu", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("opus 6", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("opus48", ("opus", "claude-opus-5", "claude-opus-4-8")),
        # An active model of the version that was written comes first.
        ("claude-opus-4-8-20250514", ("claude-opus-4-8", "opus", "claude-opus-5")),
        ("Opus 4.8 (copilot)", ("claude-opus-4-8", "opus", "claude-opus-5")),
        ("claude-sonnet-4-5-20250514", ("sonnet", "claude-sonnet-5", "claude-sonnet-4-5-20250929")),
        ("5.5", ()),
        ("claude", ()),
        ("gpt-5", ()),
        ("${{ inputs.model }}", ()),  # Not opus, which has three of its letters.
    ],
)
def test_suggestions_are_the_version_that_was_written_the_family_and_its_newest_models(
    name, suggestions
):
    error = missing(name)
    assert (error.name, error.suggestions) == (name, suggestions)
    if suggestions:
        shown = f"did you mean {suggestions[0]!r}? (also: {', '.join(suggestions[1:])})"
        assert shown in str(error)


def test_suggestions_are_at_most_three():
    many = models(*((f"claude-opus-{number}",) for number in range(1, 6)))
    assert missing("opus 6", many).suggestions == ("opus", "claude-opus-5", "claude-opus-4")


def test_message_without_a_suggestion_names_the_families():
    assert "the families are opus, sonnet" in str(missing("gpt-5.5"))
    assert "no family of Claude models" in str(missing("gpt", models(("llama",), ("claude-2.1",))))


def test_no_suggestion_is_retired_also_behind_a_gateway_or_a_variant():
    old = models(("claude-opus-4-5", "", "opus", "deprecated"), ("b", "Opus 4", "opus", "retired"))
    assert missing("opus 6", old).suggestions == ("opus", "claude-opus-4-5")
    gateway = models(("claude-sonnet-4-20250514",), ("claude-sonnet-9",), ("claude-sonnet-8-fast",))
    assert missing("sonnet 4.4", gateway).suggestions == ("sonnet", "claude-sonnet-9")
    for gone in (("claude-opus-4", "", "opus", "retired"), ("opus-fast", "", "opus", "retired")):
        assert missing("opus 5", models(gone, ("claude-sonnet-5", "", "sonnet"))).suggestions == ()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("us.anthropic.claude-opus-5", "Amazon Bedrock"),
        ("arn:aws:bedrock:us-east-1:1:application-inference-profile/x1", "Amazon Bedrock"),
        ("claude-opus-5@20260101", "Vertex AI"),
        ("opus[1m]", "a suffix"),
        ("OpusPlan", "a setting of Claude Code"),
        ("default", "a setting of Claude Code"),
        ("best", "a setting of Claude Code"),
        ("inherit", "a setting of Claude Code"),
        ("$MODEL", "an unexpanded variable or expression"),
        ("${{ vars.MODEL }}", "an unexpanded variable or expression"),
        ("claude-opus-*", "a pattern"),
        ("opus?", "a pattern"),
    ],
)
def test_name_that_is_not_of_the_models_api_says_what_it_is_unless_the_list_has_it(name, what):
    error = missing(name)
    assert f"{name!r} is " in str(error)
    assert what in str(error)
    assert match(name, models((name,), ("claude-opus-5",))).id == name


def test_suggestions_for_a_name_that_is_not_of_the_models_api_are_those_of_any_other():
    assert missing("anthropic.claude-v4-8-opus").suggestions[0] == "claude-opus-4-8"
    assert missing("opus[1m]").suggestions[0] == "opus"
    assert missing("best").suggestions == ()


def test_no_models_match_nothing():
    missing("sonnet", iter(()))


def test_catalogue_is_matched_by_the_same_rules():
    for model in CATALOGUE:
        assert match(model.id, CATALOGUE) is model
    for line in {model.line for model in CATALOGUE if model.lifecycle == "active" and model.line}:
        assert (match(line, CATALOGUE).line, match(line, CATALOGUE).lifecycle) == (line, "active")
