"""An account that can be killed: `python -m ...account_process FOLDER S3_URL`."""

import signal
import sys
import threading
from pathlib import Path

from .account import Account


def main(folder: Path, s3_url: str) -> None:
    account = Account(folder / "home", s3_url)
    account.service.resume()
    draft = folder / "url.draft"
    draft.write_text(account.url)
    draft.replace(folder / "url")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    account.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
