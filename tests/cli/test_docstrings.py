from archwright.cli.docstrings import OptionNote, argument_notes, first_sentence, option_notes


class Annealer:
    """Cool slowly.

    Args:
        problem: what is searched.
        start: hot, a temperature in some unit that needs
            a second line: with a colon.
        low, high: the ends (both).

    Raises:
        SpecError: never.
    """

    def __init__(self, problem, *, start=3.0, low: float = 1.0, high=None, secret=True):
        pass


def test_options_have_defaults_and_notes():
    assert option_notes(Annealer) == [
        OptionNote("start", "3.0", "hot, a temperature in some unit that needs a second line: with a colon."),
        OptionNote("low", "1.0", "the ends (both)."),
        OptionNote("high", "None", "the ends (both)."),
        OptionNote("secret", "True", ""),
    ]


def test_raises_are_no_arguments():
    assert "SpecError" not in argument_notes(Annealer)


def test_without_a_docstring_there_are_no_notes():
    def bare(*, a=1):
        pass

    assert option_notes(bare) == [OptionNote("a", "1", "")]
    assert first_sentence(bare) == "" and first_sentence(Annealer) == "Cool slowly."
