"""scripts/bench as a program: its table and its arguments. It asserts no time."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return runpy.run_path(str(ROOT / "scripts" / "bench.py"))


def test_a_table_compares_by_cpu_time_and_names_what_is_not_installed(bench, monkeypatch):
    from measure import Row, Section, made

    def absent():
        raise ImportError("No module named 'peer'", name="peer")

    works, missing = made({"peer": absent, "ours": lambda: lambda: None})
    assert list(works) == ["ours"]
    rows = [
        Row("floor", values=[1.0, 9.0, 2.0], cpu=[1.0, 1.0]),
        Row("ours", values=[3.0], cpu=[3]),
    ]
    *_, floor, ours, peer = bench["table"](Section("epoch", "T", "1 thread", rows + missing)).split(
        "\n"
    )
    assert floor == "| floor | 2.00 | 1.00 to 9.00 | 1.00 | 1.00 |"
    assert ours == "| ours | 3.00 | 3.00 to 3.00 | 3.00 | 3.00 |"
    assert peer == "| peer | not installed: peer | | | |"


def test_a_section_that_is_none_is_refused(bench, capsys):
    with pytest.raises(SystemExit) as error:
        bench["main"](["--only", "epohc"])
    assert error.value.code == 2
    assert "epoch" in capsys.readouterr().err
