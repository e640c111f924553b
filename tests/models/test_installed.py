import pytest

from archwright.core.errors import SimulatorMissing
from archwright.models.installed import installed_file


def test_a_file_of_an_installed_package_is_found():
    assert installed_file("numpy", "__init__.py", "numpy").is_file()


@pytest.mark.parametrize(("module", "path"), [("no_such_module", "a.bin"), ("numpy", "no/such.file"), ("this", "a")])
def test_what_is_not_there_says_how_to_get_it_in_one_line(module, path):
    with pytest.raises(SimulatorMissing, match=r"^[^\n]* is not installed; to get it: pip install --no-deps thing$"):
        installed_file(module, path, "thing")
