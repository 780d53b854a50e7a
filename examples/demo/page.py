"""The page: serves page/ from disk and passes /api/ on to API_URL, so that a browser needs one address only."""

import json
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from service import Answering, begin, serve, setting

ROOT = Path(__file__).with_name("page")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}

api_url = setting("API_URL").rstrip("/")


class Page(Answering):
    """Files for GET, and both methods for what begins with /api/."""

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Answers with a file or with the API's answer."""
        if self.path.startswith("/api/"):
            self._pass_on(None)
        else:
            self._file(self.path.partition("?")[0])

    def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
        """Answers with the API's answer."""
        self._pass_on(self.body())

    def _file(self, path: str) -> None:
        file = (ROOT / (path.lstrip("/") or "index.html")).resolve()
        if not (file.is_relative_to(ROOT) and file.suffix in KINDS and file.is_file()):
            self.answer(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")
        else:
            kind = f"{KINDS[file.suffix]}; charset=utf-8"
            self.answer(HTTPStatus.OK, file.read_bytes(), kind, cache_control="no-store")

    def _pass_on(self, body: bytes | None) -> None:
        target = api_url + self.path.removeprefix("/api")
        try:
            with urlopen(Request(target, data=body), timeout=5) as answer:
                status, value = HTTPStatus(answer.status), answer.read()
        except HTTPError as error:
            status, value = HTTPStatus(error.code), error.read()
        except (URLError, OSError) as error:
            status, value = HTTPStatus.BAD_GATEWAY, json.dumps({"error": f"the API does not answer: {error}"}).encode()
        # The page reloads itself when this changes, so a saved page/index.html shows at once.
        self.answer(status, value, "application/json", x_page=str((ROOT / "index.html").stat().st_mtime_ns))


if __name__ == "__main__":
    begin()
    serve(Page)
