"""The working folder of one trial: made, filled, and removed, or kept when the trial failed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archwright.core.errors import Failed
from archwright.user_problems.placeholders import fill

RESERVED = ("design.json", "stdout.txt", "stderr.txt", "deck.cir")
"""Names of files that a working folder has anyway."""


@dataclass(frozen=True)
class Attachment:
    """A file that every trial finds in its folder, carried inside the problem so that it travels with it.

    Args:
        name: its name there.
        content: its bytes.
        mode: its permissions.
        is_template: True to fill in `{parameter}` placeholders.
    """

    name: str
    content: bytes
    mode: int
    is_template: bool = False

    def write(self, folder: Path, design: Mapping[str, Any]) -> None:
        """Put the file into `folder`."""
        target = folder / self.name
        target.write_bytes(fill(self.content.decode(), design).encode() if self.is_template else self.content)
        target.chmod(self.mode)


@dataclass(frozen=True)
class TrialFolders:
    """How trials get their folders.

    Args:
        attachments: files that are put into each.
        kept_in: where folders of failed trials are kept, named by design so that equal studies name equal folders;
            None keeps none.
    """

    attachments: tuple[Attachment, ...]
    kept_in: Path | None = None

    @contextmanager
    def open(self, design: Mapping[str, Any]) -> Iterator[Path]:
        """A fresh folder with the attachments and `design.json`; kept when the block raises `Failed`."""
        with tempfile.TemporaryDirectory(prefix="archwright-trial-") as made:
            folder = Path(made)
            (folder / "design.json").write_text(json.dumps(design, indent=1) + "\n")
            for attachment in self.attachments:
                attachment.write(folder, design)
            with self._kept(folder, design):
                yield folder

    @contextmanager
    def _kept(self, folder: Path, design: Mapping[str, Any]) -> Iterator[None]:
        try:
            yield
        except Failed:
            if self.kept_in is not None:
                shutil.copytree(folder, self.kept_in / digest(design), dirs_exist_ok=True, symlinks=True)
            raise


def digest(design: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that name a design.

    Example:
        >>> digest({"a": 1.0, "b": 2}) == digest({"b": 2, "a": 1.0})
        True
    """
    return hashlib.sha256(json.dumps(design, sort_keys=True).encode()).hexdigest()[:12]
