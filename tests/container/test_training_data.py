"""CSV is read as it stands: a cell that is no number ends the training, named by its place."""

import math
from pathlib import Path

import numpy as np
import pytest

from container.training.data import Table, read_table
from container.training.errors import TrainingError
from container.training.split import split


def read(folder: Path, *contents: bytes | str) -> Table:
    for number, content in enumerate(contents):
        data = content.encode() if isinstance(content, str) else content
        (folder / f"part-{number}.csv").write_bytes(data)
    return read_table(folder, target="y")


def test_the_target_may_stand_anywhere_and_missing_values_are_nan(tmp_path: Path) -> None:
    """BOM, CRLF, quotes, spaces, every spelling of "no value", blank lines at the end."""
    content = '\ufeff"a", y ,"b,c"\r\n1,0,2\r\n" 3 ",1, NA\r\n,1,"1e3"\r\nNaN,0,null\r\n\r\n'
    with pytest.raises(TrainingError, match="LightGBM takes no name with one of"):
        read(tmp_path, content)
    table = read(tmp_path, content.replace("b,c", "b c"))
    assert table.features == ("a", "b c")
    nan = math.nan
    np.testing.assert_array_equal(table.matrix, [[1, 2], [3, nan], [nan, 1000], [nan, nan]])
    np.testing.assert_array_equal(table.target, [0, 1, 1, 0])


def test_the_files_of_a_folder_are_one_table_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("not a table")
    table = read(tmp_path, "a,y\n1,0\n2,1\n", "a,y\n3,0")
    np.testing.assert_array_equal(table.matrix, [[1], [2], [3]])


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        ([], "holds no file. Give a CSV file, or a folder (channel) with CSV files."),
        ([""], "part-0.csv is empty. It must start with a line of column names."),
        (["a,y\n"], "holds a header and no rows."),
        (["1,0\n2,1\n"], "the first line holds only numbers ('1,0')."),
        (["a,b\n1,0\n"], "no column 'y', which is the target. The columns are 'a, b'."),
        (["a;y\n1;0\n"], "'a;y'. They seem to be separated by ';': write the file with commas."),
        (["a\ty\n1\t0\n"], "They seem to be separated by tabs: write the file with commas."),
        (["y\n1\n"], "no column but the target 'y'"),
        (["a,,y\n1,2,0\n"], "header, column 2: it has no name."),
        (["a b,y,a_b\n1,2,0\n"], "column 3: 'a_b': there is a column of this name before it"),
        (["a,y\n1,0\nx,1\n"], "line 3, column 1 (a): 'x' is not a number. Every column must"),
        (["a,y\n1_0,0\n"], "line 2, column 1 (a): '1_0' is not a number."),
        (["a,y\n\u0663,0\n"], "line 2, column 1 (a): '\u0663' is not a number."),
        (["a,y\n" + "z" * 500 + ",0\n"], "'" + "z" * 80 + "...' is not a number."),
        (["a,y\n1,0\n2\n"], "line 3: expected 2 columns, found 1."),
        (["a,y\n1,0\n\n2,1\n"], "line 3: a blank line. Remove it."),
        (["a,y\n1,0\n2,\n"], "line 3, column 2 (y): '': the target needs a finite number"),
        (["a,y\n1,inf\n"], "line 2, column 2 (y): 'inf': the target needs a finite number"),
        (['a,y\n"1,0\n'], "no CSV: unexpected end of data."),
        ([b"a,y\n\x1f\x8b,0\n"], "is not UTF-8 text"),
        (["a,y\n1,0\n", "y,a\n1,0\n"], "part-1.csv: its columns are 'y, a', those of the first"),
        (["a,y\n1,0\n", "2,1\n"], "part-1.csv: its columns are '2, 1'"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(
    contents: list[bytes | str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError) as refused:
        read(tmp_path, *contents)
    assert told in str(refused.value)


@pytest.mark.parametrize("cell", ["1.5", "-1", "2147483647", "inf"])
def test_a_category_that_lightgbm_would_take_for_another_is_refused(
    cell: str, tmp_path: Path
) -> None:
    good = "a,b,y\n1.5,3,0\n-1,,1\n1,2147483646,1\n"
    (tmp_path / "train.csv").write_text(good)
    assert len(read_table(tmp_path, target="y", categorical=["b"]).target) == 3
    (tmp_path / "train.csv").write_text(f"{good}1, {cell} ,1\n")
    with pytest.raises(TrainingError) as refused:
        read_table(tmp_path, target="y", categorical=["b"])
    assert f"train.csv, line 5, column 2 (b): ' {cell} ': a column of categorical_feature" in str(
        refused.value
    )


def test_a_split_is_the_same_every_time_and_holds_out_of_every_class(tmp_path: Path) -> None:
    """Rows keep their order, none is lost or doubled; the draw is fixed for all times."""
    rows = "".join(f"{number},{int(number % 10 == 0)}\n" for number in range(200))
    table = read(tmp_path, "a,y\n" + rows)
    kept, held = split(table, fraction=0.25, seed=0, by_class=True)
    assert (len(kept.target), len(held.target)) == (150, 50)
    assert (kept.target.sum(), held.target.sum()) == (15, 5)
    both = np.concatenate([kept.matrix[:, 0], held.matrix[:, 0]])
    assert sorted(both) == list(range(200))
    assert list(held.matrix[:, 0]) == sorted(held.matrix[:, 0])
    assert held.matrix[:6, 0].tolist() == [2, 4, 6, 18, 31, 32]
    other = split(table, fraction=0.25, seed=1, by_class=True)[1]
    assert other.matrix[:, 0].tolist() != held.matrix[:, 0].tolist()
