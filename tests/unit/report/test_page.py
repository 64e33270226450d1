"""The page as a browser gets it: one file, links that resolve, figures that say what they show."""

import base64
import html
import json
import os
import re
import shutil
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

import hw3.report
from hw3.report.__main__ import main
from hw3.report.page import page as page_of
from hw3.report.problem2 import CONFUSION
from hw3.report.problem4 import SEQUENCES
from hw3.report.problems import audit, find_records, problems
from tests.assignment import sequences_run, write

OLDER = Path(__file__).parents[2] / "data" / "records-1"


class Page(HTMLParser):
    """What the tests look for in a page."""

    void = ("meta", "link", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.links = [], [], []
        self.feed(text.replace("\u00a0", " "))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def written(whole):
    """The page, which is not written among the records that others read."""
    records = find_records(whole)
    return page_of(records, audit(records))


@pytest.fixture(scope="module")
def page(written):
    return Page(written)


def test_every_tag_is_closed(page):
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]


def test_contents_links_resolve(page):
    targets = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {t.removeprefix("#") for t in targets} <= set(ids)
    for name in ("answers", "problem-1", "problem-2", "problem-3", "problem-4", "audit"):
        assert f"#{name}" in targets


def test_figures_are_embedded_and_have_alt_text(page):
    images, charts = page.all("img"), page.all("svg")
    assert len(images) >= 8
    assert len([chart for chart in charts if chart.get("role") == "img"]) >= 16
    for image in images:
        assert len(image["alt"]) > 40
        kind, _, content = image["src"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content).startswith(b"\x89PNG")
    texts = [chart["aria-label"] for chart in charts if "aria-label" in chart]
    assert any(t.startswith("relu, lr 0.5: accuracy against epochs; training ends") for t in texts)


def test_links_to_the_records_lead_to_what_is_there(page, whole):
    targets = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert {"mnist_sweep", "mnist_sweep/relu-0.5", "human_machine/net/history.csv"} <= {*targets}
    assert all((whole / target).exists() for target in targets)


def test_nothing_is_fetched(written):
    assert not re.findall(r"(?:https?:)?//\w|url\(|@import|<script|<iframe", strip_data(written))


def strip_data(text):
    return re.sub(r"base64,[\w+/=]+", "", text).replace("\u00a0", " ")


def test_a_number_and_its_unit_stay_on_one_line(written, outputs):
    assert "accuracy is 90.00\u00a0% (95\u00a0% interval 89.40 to 90.57\u00a0%)" in written
    assert "90.25\u00a0±\u00a00.35\u00a0% of the held-out" in written
    assert re.search(r"two-sided p\u00a0=\u00a0\d", written)
    flowing = re.sub(r"(?s)<pre>.*?</pre>", "", written)  # which is to be pasted
    assert not re.search(r"\d (%|±|points)", flowing)
    for path in outputs.glob("fashion_confusion/*/environment.json"):
        write(path, json.loads(path.read_text()) | {"overrides": ["name=net 1 % 2"]})
    text = page_of(find_records(outputs), [])
    assert "<code>python -m hw3.run &#39;name=net 1 % 2&#39;</code>" in text  # to be pasted


def test_tables_have_captions_and_headers(written, page):
    captions = {a["id"] for _, a in page.tags if a.get("class") == "caption"}
    assert {table["aria-labelledby"] for table in page.all("table")} == captions
    assert len(captions) >= 8
    for body in re.findall(r"(?s)<tbody>(.*?)</tbody>", written):
        for row in re.findall(r"(?s)<tr.*?</tr>", body):
            assert re.search(r'<th scope="row">', row)
    boxes = [d for d in page.all("div") if "scroll" in d.get("class", "")]
    assert all(box["tabindex"] == "0" for box in boxes)
    assert all(box.get("aria-label") or box["aria-labelledby"] in captions for box in boxes)


def test_the_figures_of_the_records_stand_on_the_page(written):
    text = strip_data(written)
    assert "9000 correct out of 10000 means accuracy is 90.00 %" in text
    opening = re.search(r'<p class="answer">The network confuses (.*?)</p>', text)[1]
    assert opening.startswith(
        "class 0 and class 9 most: it takes 0 of 1000 images of class 0 for class 9 (0.0 %) and "
        "78 of 1000 images of class 9 for class 0 (7.8 %); the lead over the next pair, "
    )
    assert "is within the noise of this test set (two-sided p = " in opening
    assert opening.endswith("% interval 89.40 to 90.57 %) of the test images correctly.")
    assert "the most frequent mistake is class 9 taken for class 0, 78 times" in text
    assert "500 updates per epoch" in text
    assert "python -m hw3.run experiment=fashion_confusion" in text
    assert "mnist_final/relu-0.5/confusion.csv" in text
    assert "quick look" not in text


def test_problem_4_stands_for_its_seeds(written, outputs):
    """Two seeds: 1836 and 1846 of 2040, 90.00 and 90.49 %."""
    text = strip_data(written)
    assert "90.25 ± 0.35 % of the held-out sequences correctly (mean ± standard dev" in text
    assert "2 seeds, random split; 95 % interval of the mean 87.13 to 93.36 %), where guess" in text
    assert (
        "gives humans away is how little the number of the 20 bits that are 1 varies: its" in text
    )
    assert "Seed 0 is shown, the lowest of 2 seeds: 90.00 %" in text
    assert '<td class="number">90.00 to 90.49 %</td>' in text
    assert "52.50 ± 0.69 %" in text  # the features, beside it
    assert "The best features (ones) reach 52.0 %, below the net" in text
    shutil.rmtree(outputs / "human_machine/seed1")
    text = page_of(find_records(outputs), [])
    assert "random split, one seed" in text
    assert "<code>python -m hw3.run experiment=human_machine_seeds</code>" in text


def test_a_difference_is_said_by_its_size_and_side():
    """In these small records validation is better than training, and two seeds are equal."""
    records = find_records(OLDER)
    lines = dict(problem.answer(records) for problem in problems())
    assert ", 4.00 points above training" in lines["Problem 3, Fashion-MNIST, validation"][1]
    text = strip_data(page_of(records, []))
    assert "Seed 0 is shown: 57.50 %" in text
    assert "Training accuracy minus validation accuracy is -4.00 points in net 1" in text


def test_the_random_split_and_the_first_seed_lead_whatever_ran_last(tmp_path):
    root, folder = tmp_path / "outputs", tmp_path / "outputs/human_machine"
    base = {"dataset__name": "human_machine", "model__hidden_sizes": [20]}
    for split, seed in (("random", 1), ("random", 0), ("contributor", 0)):
        changes = base | {"dataset__split": split}
        sequences_run(folder / f"{split}{seed}", changes, seed)
    sequences_run(folder / "other", base | {"batch_size": 32, "dataset__split": "random"})
    write(folder / "contributor0/run.log", "2026-02-01T10:00:00+00:00 started\n")
    found = [run.name for run in find_records(root).runs(SEQUENCES)]
    assert found == ["random0", "random1", "contributor0"]


def test_the_commands_are_those_that_were_given(written):
    text = strip_data(written)
    assert "<code>python -m hw3.run -m experiment=mnist_sweep epochs=50</code>" in text
    assert "<code>python -m hw3.run experiment=mnist_final &#39;lr=1e-3, 2&#39;</code>" in text


def test_the_commands_are_those_of_the_overrides(outputs):
    """A program run.py of somebody else is none of ours, and a part may be of several commands."""
    paths = sorted(outputs.glob("human_machine/*/environment.json"))
    own = ["experiment=human_machine", "name=human_machine", "note=a b"]
    for path, overrides in zip(paths, (own, ["seed=1", "name=human_machine"]), strict=True):
        write(path, json.loads(path.read_text()) | {"overrides": overrides})
    for path in outputs.glob("mnist_final/*/environment.json"):
        write(path, json.loads(path.read_text()) | {"command": ["/mine/run.py", "mine"]})
    text = strip_data(page_of(find_records(outputs), []))
    assert (
        "<code>python -m hw3.run experiment=human_machine &#39;note=a b&#39;</code> "
        "<code>python -m hw3.run seed=1 name=human_machine</code>" in text
    )
    assert "<code>python -m hw3.run experiment=mnist_final</code>" in text


def reconfigured(pattern, root, old, new):
    """Change the text of some configs, in new files."""
    for path in root.glob(pattern):
        write(path, path.read_text().replace(old, new))


def test_a_quick_look_is_marked(whole, tmp_path):
    """By its folder's name and its epochs: a whole homework may lie in a folder of that name."""
    root = Path(shutil.copytree(whole, tmp_path / "outputs" / "quick", copy_function=os.link))
    assert main([str(root)]) == 0
    assert "quick look" not in (root / "report.html").read_text()
    reconfigured("human_machine/*/config.yaml", root, "epochs: 60", "epochs: 3")
    shutil.rmtree(root / "mnist_sweep")
    assert main([str(root)]) == 1
    text = (root / "report.html").read_text()
    assert "This is a quick look, not the assignment." in text
    assert "python -m hw3.homework problem=1 quick=true" in text


def test_what_is_missing_is_said_once(tmp_path):
    root = tmp_path / "outputs"
    root.mkdir()
    (tmp_path / "report.html").write_text("mine")
    assert main([str(tmp_path)]) == 2
    assert (tmp_path / "report.html").read_text() == "mine"
    assert main([str(root), "author=A <b>", "course=deep=1"]) == 0
    text = (root / "report.html").read_text()
    assert f"<p>A &lt;b&gt;, deep=1, written on {date.today()}</p>" in text
    assert "Nothing has been run yet: <code>python -m hw3.homework</code>" in text
    assert "No run has ended yet." in text
    page = text[: text.index('id="audit"')]
    assert page.count("not run: <code>python -m hw3.run experiment=human_machine</code>") == 1


def test_other_arguments_are_refused(capsys):
    assert main(["outputs", "name=x"]) == 2
    assert "[course=\"...\"]; got 'outputs name=x'" in capsys.readouterr().err


def test_a_sweep_without_its_final_run_is_said(outputs):
    shutil.rmtree(outputs / "mnist_final")
    assert main([str(outputs)]) == 0
    text = strip_data((outputs / "report.html").read_text())
    assert "sweep done, best validation 90.50 % (relu, lr 0.5); the final run is to come" in text


def test_a_started_sweep_shows_what_has_ended(outputs):
    shutil.rmtree(outputs / "mnist_sweep/tanh-0.1")
    text = page_of(find_records(outputs), [])
    assert "5 of 6 jobs have ended: <code>python -m hw3.run experiment=mnist_sweep</code>" in text
    assert "The sweep after the last epoch, best first" in text


def test_runs_beside_the_reported_one_are_named(outputs):
    shutil.copytree(outputs / "fashion_confusion/net", outputs / "fashion_confusion/later")
    write(outputs / "fashion_confusion/net/run.log", "2026-03-01T10:00:00+00:00 started\n")
    text = html.unescape(page_of(find_records(outputs), []))
    assert "Not reported, beside fashion_confusion's newest: later" in text


def test_fewer_epochs_and_subsets_are_marked(outputs, capsys):
    reconfigured("human_machine/*/config.yaml", outputs, "epochs: 60", "epochs: 2")
    reconfigured("human_machine/*/config.yaml", outputs, "subset: null", "subset: 900")
    assert main([str(outputs)]) == 1
    assert "problem 4, human_machine: 2 of 60 epochs, 900 examples only" in capsys.readouterr().out
    assert "This is less than the assignment." in (outputs / "report.html").read_text()


def test_a_later_quick_look_does_not_take_the_place_of_the_whole_run(outputs):
    quick = Path(
        shutil.copytree(outputs / "fashion_confusion/net", outputs / "fashion_confusion/q")
    )
    write(quick / "config.yaml", (quick / "config.yaml").read_text().replace("ochs: 40", "ochs: 1"))
    write(quick / "run.log", "2027-01-01T10:00:00+00:00 started\n")
    (reported,) = find_records(outputs).runs(CONFUSION)
    assert reported.name == "net"


def test_a_damaged_figure_is_named(outputs):
    write(outputs / "fashion_weights/histograms.png", "no picture")
    (outputs / "fashion_confusion/net/worst_pair.png").unlink()
    text = page_of(find_records(outputs), [])
    assert "histograms.png is damaged, or not of a run (no PNG)" in text
    assert "worst_pair.png is missing" in text


HOSTILE = "<script>alert(1)</script> & \"'`x`"


def test_text_of_the_records_is_escaped(outputs):
    """Class names, notes in the ledger, the processor's name: shown as they are, and inert."""
    path = outputs / "fashion_confusion/net/confusion.csv"
    write(path, path.read_text().replace("class 0", "<i>shirt</i>"))
    for path in outputs.glob("*/*/environment.json"):
        facts = json.loads(path.read_text())
        write(path, facts | {"processor": HOSTILE, "command": ["hw3/run.py", HOSTILE]})
    records = find_records(outputs)
    text = page_of(records, audit(records))
    assert "<script" not in text
    assert "<i>" not in text
    assert "&lt;i&gt;shirt&lt;/i&gt;" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&#39;`x`" in text
    assert Page(text).open == []


PROBLEM_5 = '''
"""Problem 5: clouds or sheep."""

from hw3.report.clause import clause
from hw3.report.parts import Part
from hw3.sweeps.folders import newest_run

CLOUDS = Part("clouds", "5", 3, "all of it", newest_run)


def answer(records):
    """Problem 5, clouds, validation."""
    return [f"{len(records.runs(CLOUDS))} run"]


@clause("5", CLOUDS)
def cloudy(run, finding):
    """The sky is cloudy."""
    finding.say(f"{run.name} saw {run.outcome.dataset}")
'''
TEMPLATE_5 = """
{% from "macros.html.j2" import block %}
{% call(run) block(problem.CLOUDS, "The sky") %}<p>All of it: {{ run.name }}.</p>{% endcall %}
"""


def test_a_fifth_problem_is_a_module_and_a_template(outputs, tmp_path, monkeypatch):
    """And its experiment's YAML: here a run of another one is told to be of it."""
    write(tmp_path / "more/problem5.py", PROBLEM_5)
    write(tmp_path / "more/templates/problem5.html.j2", TEMPLATE_5)
    monkeypatch.setattr(hw3.report, "__path__", [*hw3.report.__path__, str(tmp_path / "more")])
    monkeypatch.delitem(sys.modules, "hw3.report.problem5", raising=False)
    shutil.copytree(outputs / "fashion_confusion", outputs / "clouds")
    assert [problem.number for problem in problems()] == [1, 2, 3, 4, 5]
    records = find_records(outputs)
    found = {check.clause: check for check in audit(records)}
    assert (found["5"].status, found["5"].evidence) == ("PASS", ["net saw fashion_mnist"])
    assert "metrics.json says" not in str(found["5"])
    assert "5 records" in found
    text = page_of(records, list(found.values()))
    assert '<a href="#problem-5">Problem 5: clouds or sheep</a>' in text
    assert "<h3>The sky</h3>" in text
    assert "<p>All of it: net.</p>" in text
    assert 'href="#problem-5">Problem 5, clouds, validation</a></dt><dd>1 run</dd>' in text
    assert '<p class="answer">1 run</p>' in text
    assert '<th scope="row">5: clouds</th>' in text
    assert '<a href="clouds/net">net</a>' in text


def test_records_that_differ_in_what_decides_the_bits_are_named(outputs):
    path = next(outputs.glob("mnist_final/*/environment.json"))
    record = {**json.loads(path.read_text()), "kernels": ["openblas 0.3.20 for Haswell"]}
    path.unlink()
    path.write_text(json.dumps(record))
    text = " ".join(page_of(find_records(outputs), []).split())
    assert "Kernels of the numpy backend: " in text
    assert "openblas 0.3.20 for Haswell in mnist_final" in text
