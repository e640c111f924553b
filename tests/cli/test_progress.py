import os
import pty
import time

import pytest

from archwright.cli import progress
from archwright.cli.progress import Bar


def on_a_terminal(monkeypatch, capfd, seconds, shown_after_s):
    """What a bar that is shown after `shown_after_s` writes to a terminal in `seconds`."""
    monkeypatch.setattr(progress, "SHOWN_AFTER_S", shown_after_s)
    monkeypatch.setattr(progress, "REFRESHED_EVERY_S", 0.02)
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with Bar("climbing", 200) as bar:
            bar.update(50, "score 1.5")
            time.sleep(seconds)
        terminal.flush()
        os.set_blocking(master, False)
        try:
            return os.read(master, 100_000).decode()
        except BlockingIOError:
            return ""
        finally:
            os.close(master)


def test_a_bar_shows_how_far_it_is(monkeypatch, capfd):
    text = on_a_terminal(monkeypatch, capfd, 0.4, 0.05)
    assert "climbing" in text and "25 %" in text and "score 1.5" in text


def test_what_is_soon_done_shows_nothing(monkeypatch, capfd):
    assert on_a_terminal(monkeypatch, capfd, 0.05, 0.5) == ""


def test_without_a_terminal_there_is_no_bar(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SHOWN_AFTER_S", 0.0)
    with Bar("climbing", 10) as bar:
        bar.update(5)
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


def test_an_error_passes_and_the_bar_goes(monkeypatch, capsys):
    with pytest.raises(ValueError, match="inside"), Bar("climbing"):
        raise ValueError("inside")
