"""Reading a Dockerfile and following it without Docker."""

from pathlib import Path

import pytest

from autolote.local.aws.codebuild.dockerfile import Copy, DockerfileError, Run, read
from autolote.local.aws.codebuild.stages import BuildStepError, assemble

OURS = Path(__file__).parents[2] / "container" / "Dockerfile"


def follow(text: str, tmp_path: Path, *, files: tuple[str, ...] = ()) -> tuple[Path, list[str]]:
    """The tree of the last stage, and the log; make leaves a file `made`."""
    context = tmp_path / "context"
    for name in files:
        place = context / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(name)
    log: list[str] = []
    tree, _ = assemble(
        read(text),
        context=context,
        folder=tmp_path / "stages",
        make=lambda folder: (folder / "made").touch(),
        say=log.append,
    )
    return tree, log


def test_stages_steps_and_entry_point_are_read() -> None:
    """Continued lines are one instruction, comments are none."""
    base, last = read(
        "# a comment\nARG D\nFROM python@$D AS base\nRUN apt-get update \\\n# why\n && make -C /x\n"
        'FROM base\nCOPY --from=base /a /b/\nENTRYPOINT ["python", "/p.py"]\n'
    )
    assert (base.name, base.base) == ("base", "python@$D")
    assert base.steps == (Run(commands=(("apt-get", "update"), ("make", "-C", "/x"))),)
    assert last.base == "base"
    assert last.steps == (Copy(source="base", paths=("/a",), target="/b/"),)
    assert last.entrypoint == ("python", "/p.py")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it has no FROM"),
        ("COPY a b\nFROM x", "COPY stands before the first FROM"),
        ("FROM x\nADD a b", "ADD is not known here"),
        ("FROM x y z", "FROM x y z: expected an image"),
        ("FROM x\nCOPY --chown=1 a b", "COPY --chown=1 a b: expected"),
        ("FROM x\nCOPY a", "COPY a: expected"),
        ("FROM x\nENTRYPOINT python p.py", "expected the exec form"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, says: str) -> None:
    """A line that was skipped would make another image than Docker does."""
    with pytest.raises(DockerfileError, match=says):
        read(text)


def test_files_go_where_docker_puts_them(tmp_path: Path) -> None:
    """A file to a name or into a folder, a folder's content into its target, a stage's from it."""
    tree, _ = follow(
        "FROM x AS one\nCOPY d /src/d\nRUN make -C /src/d\n"
        "FROM x\nCOPY *.py /opt/\nCOPY a.py /as/b.py\nCOPY --from=one /src/d /opt/d\n",
        tmp_path,
        files=("a.py", "c.py", "d/e.txt", "d/f/g.txt"),
    )
    found = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    assert found == {
        "opt/a.py",
        "opt/c.py",
        "as/b.py",
        "opt/d/e.txt",
        "opt/d/f/g.txt",
        "opt/d/made",
    }


def test_what_a_command_would_have_made_is_left_out_and_said(tmp_path: Path) -> None:
    """Packages come from this machine; the log tells what was not done."""
    tree, log = follow(
        "FROM x AS one\nRUN pip install y\nFROM x\nCOPY --from=one /v /v\n", tmp_path
    )
    assert list(tree.iterdir()) == []
    assert any("pip install y: not run here" in line for line in log)
    assert any("/v: made by what is not run here" in line for line in log)


def test_a_missing_source_fails_as_with_docker(tmp_path: Path) -> None:
    """A renamed module is found out by the build, not by the container."""
    with pytest.raises(BuildStepError, match=r"COPY no\.py: no such file in the source"):
        follow("FROM x\nCOPY no.py /opt/\n", tmp_path)


def test_our_own_dockerfile_can_be_followed() -> None:
    """Every instruction in it is known here."""
    assert read(OURS.read_text(encoding="utf-8"))[-1].entrypoint[-1].endswith("serve.py")
