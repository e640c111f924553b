"""Show the docstrings' `Example:` sections as code (griffe extension)."""

from typing import Any

import griffe


class ExampleSections(griffe.Extension):
    """Griffe knows the section as `Examples:`; ours hold one example and are named so."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rename the section of one documented object."""
        if obj.docstring is not None:
            obj.docstring.value = obj.docstring.value.replace("Example:\n", "Examples:\n")
