"""One file over HTTP for tests of downloads: whole, in parts, broken off, or refused."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Serves `data` at every path. Use as a context manager; `url` is its address."""

    def __init__(self, data: bytes, resumes: bool = True, status: int = 200):
        self.data = data
        self.resumes = resumes
        """Whether it can begin in the middle."""
        self.status = status
        self.cut_after: int | None = None
        """Bytes that are sent before the connection is dropped."""
        self.asked: list[tuple[str, str]] = []
        """(path, Range) of each request."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._http.block_on_close = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._serve(self)

            def log_message(self, *_words: object) -> None:
                pass

        return Handler

    def _serve(self, http: BaseHTTPRequestHandler) -> None:
        wanted = http.headers.get("range", "")
        self.asked.append((http.path, wanted))
        begin = int(re.findall(r"\d+", wanted)[0]) if wanted and self.resumes else 0
        body, status = self.data[begin:], 206 if begin else self.status
        if begin and not body:
            status = 416
        http.send_response(status)
        http.send_header("content-length", str(len(body)))
        http.end_headers()
        http.wfile.write(body[: self.cut_after])
