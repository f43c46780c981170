"""Why a training does not come to its end: sentences for people, never a traceback."""


class TrainingError(Exception):
    """The training cannot go on. `problems` are plain sentences, each with its way out."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Stopped(BaseException):
    """A signal asks to end. Not an Exception, so that nothing on the way takes it for a failure."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal
