import json
import os

import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.user_problems.trial_folder import Attachment, TrialFolders, digest

DESIGN = {"n": 3.0, "mode": "fast"}


def test_folder_holds_design_and_attachments_and_goes_away():
    folders = TrialFolders(
        (Attachment("run.sh", b"#!/bin/sh\n{n}", 0o755), Attachment("a.ini", b"n={n} {{n}}\n", 0o644, is_template=True))
    )
    with folders.open(DESIGN) as folder:
        assert json.loads((folder / "design.json").read_text()) == DESIGN
        assert (folder / "run.sh").read_bytes() == b"#!/bin/sh\n{n}"
        assert os.access(folder / "run.sh", os.X_OK)
        assert (folder / "a.ini").read_text() == "n=3 {n}\n"
    assert not folder.exists()


def test_two_trials_never_share_a_folder():
    folders = TrialFolders(())
    with folders.open(DESIGN) as first, folders.open(DESIGN) as second:
        assert first != second


def test_only_failures_are_kept(tmp_path):
    folders = TrialFolders((), tmp_path / "failed")
    with folders.open(DESIGN):
        pass
    with pytest.raises(Infeasible), folders.open(DESIGN):
        raise Infeasible("cannot exist")
    assert not (tmp_path / "failed").exists()
    for attempt in ("first", "second"):
        with pytest.raises(Failed), folders.open(DESIGN) as folder:
            (folder / "log").write_text(attempt)
            raise Failed("no answer")
    assert [p.name for p in (tmp_path / "failed").iterdir()] == [digest(DESIGN)]
    assert (tmp_path / "failed" / digest(DESIGN) / "log").read_text() == "second"
