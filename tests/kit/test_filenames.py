"""Names as names of files."""

from homeport.kit.filenames import file_name, name_in


def test_file_names_are_safe() -> None:
    """No name leads out of its folder, hides, or meets another one, and each can be told again."""
    names = ["api", "a/b", "a%2Fb", ".", "..", ".hidden", "a.b", "ü", "a b", "A"]
    safe = [file_name(name) for name in names]
    assert len(set(safe)) == len(names)
    assert not any("/" in name or name.startswith(".") for name in safe)
    assert file_name("api") == "api"
    assert [name_in(file) for file in safe] == names
