"""Names of services and instances as names of files."""

from urllib.parse import quote, unquote


def file_name(name: str) -> str:
    """Return a name that is safe as a file's: ``/`` and the like escaped, never hidden, never a parent."""
    escaped = quote(name, safe=" @+,=:")
    return escaped.replace(".", "%2E", 1) if escaped.startswith(".") else escaped


def name_in(file: str) -> str:
    """Return the name that ``file_name`` made a file's name of."""
    return unquote(file)
