"""Finding the stack file."""

import pytest

from homeport.config.find import find
from homeport.model.errors import ConfigError


def test_it_is_found_by_walking_up(tmp_path):
    """The nearest stack.py above the working folder is the one."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "stack.py").touch()
    (tmp_path / "a" / "stack.py").touch()
    assert find(str(deep)) == str(tmp_path / "a" / "stack.py")


def test_a_named_file_or_folder_is_taken(tmp_path):
    """-f names a file, or a folder that has a stack.py."""
    (tmp_path / "other.py").touch()
    (tmp_path / "stack.py").touch()
    assert find(str(tmp_path), "other.py") == str(tmp_path / "other.py")
    assert find("/", str(tmp_path)) == str(tmp_path / "stack.py")


@pytest.mark.parametrize(
    ("named", "said"),
    [(None, "there is no stack.py in"), ("x.py", "there is no file"), ("homeport.py", "would hide it")],
)
def test_what_cannot_be_found_is_told(tmp_path, named, said):
    """No file, an absent one, and one that would hide our package are errors with a next step."""
    (tmp_path / "homeport.py").touch()
    with pytest.raises(ConfigError, match=said) as caught:
        find(str(tmp_path), named)
    assert caught.value.hint
