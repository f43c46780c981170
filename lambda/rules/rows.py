"""Counting the rows of a table that is read in pieces."""


class RowCounter:
    """Counts the rows of a table that arrives in pieces, in constant memory.

    Quotes are followed, so a line break inside them does not count; blank lines do not either.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = False
        self._content = False

    def feed(self, piece: bytes) -> None:
        """Count the rows that end in the next piece."""
        first, *rest = piece.split(b"\n")
        self._take(first)
        for line in rest:
            if self._quoted:
                self._content = True
            else:
                self.finish()
            self._take(line)

    def finish(self) -> None:
        """The row that is open, if any, is over: its newline or the end of the object came."""
        self.rows += self._content
        self._content = False

    def _take(self, text: bytes) -> None:
        self._quoted ^= text.count(b'"') % 2 == 1
        self._content = self._content or bool(text.strip(b"\r"))
