"""What the words may cost and import."""

import subprocess
import sys


def modules_after(code: str) -> set[str]:
    """Return the names of the modules that some code loads."""
    ask = f"import sys; before = set(sys.modules); {code}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_else():
    """`import homeport` costs nothing: each word is loaded when it is first used."""
    assert modules_after("import homeport") == {"homeport"}


def test_the_words_need_the_standard_library_alone():
    """All words together load nothing but themselves, what is below them, and the standard library."""
    loaded = modules_after("import homeport; [getattr(homeport, name) for name in homeport.__all__]")
    others = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    ours = {name for name in loaded if name.startswith("homeport.")}
    assert others == {"homeport"}
    assert {name.split(".")[1] for name in ours} == {"config", "components", "kit"}


def test_a_word_that_there_is_not():
    """An unknown word is an AttributeError, so that import statements tell its name."""
    code = "import homeport\ntry: homeport.htpp\nexcept AttributeError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == 'module "homeport" has no word "htpp"\n'
