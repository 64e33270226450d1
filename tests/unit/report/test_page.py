"""The page as a browser gets it: one file, links that resolve, figures that say what they show."""

import base64
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hw3.core.errors import RunDirError
from hw3.report.__main__ import main
from hw3.report.blocks import emphasised, figure
from hw3.report.records import find_records
from tests.assignment import make, sequences_run


class Page(HTMLParser):
    """What the tests look for in a page."""

    void = ("meta", "link", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.links = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = make(tmp_path_factory.mktemp("page") / "outputs")
    assert main([str(root)]) == 0
    return (root / "report.html").read_text()


@pytest.fixture(scope="module")
def page(written):
    return Page(written)


def test_every_tag_is_closed(page):
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]


def test_contents_links_resolve(page):
    targets = [a["href"] for a in page.all("a")]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {t.removeprefix("#") for t in targets} <= set(ids)
    for name in ("headline", "problem-1", "problem-2", "problem-3", "problem-4", "audit"):
        assert f"#{name}" in targets


def test_figures_are_embedded_and_have_alt_text(page):
    images = page.all("img")
    assert len(images) >= 10
    for image in images:
        assert len(image["alt"]) > 40
        kind, _, content = image["src"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content).startswith(b"\x89PNG")
    assert any("relu, lr 0.5 ends at" in image["alt"] for image in images)


def test_nothing_is_fetched(written):
    assert not re.findall(r"(?:https?:)?//\w|url\(|@import|<script|<iframe", strip_data(written))


def strip_data(text):
    return re.sub(r"base64,[\w+/=]+", "", text)


def test_tables_have_captions_and_headers(written, page):
    captions = {p["id"] for p in page.all("p") if p.get("class") == "caption"}
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
    assert "class 9 and class 0" in text or "class 0 and class 9" in text
    assert "500 updates an epoch" in text
    assert "python -m hw3.run experiment=fashion_confusion" in text
    assert "mnist_final/relu-0.5/" in text
    assert "quick look" not in text


def test_problem_4_stands_for_its_seeds(written, tmp_path):
    """Two seeds: 1836 and 1846 of 2040, 90.00 and 90.49 %."""
    text = strip_data(written)
    assert "90.25 ± 0.35 %, mean ± standard deviation of 2 seeds, random split; seed 0" in text
    assert "<td>90.00 % to 90.49 %</td>" in text
    assert "52.50 ± 0.71 %" in text  # the features, beside it
    root = make(tmp_path / "outputs")
    shutil.rmtree(root / "human_machine/seed1")
    assert main([str(root)]) == 0
    text = (root / "report.html").read_text()
    assert "random split, one seed" in text
    assert "<code>python -m hw3.run experiment=human_machine_seeds</code>" in text


def test_the_random_split_and_the_first_seed_lead_whatever_ran_last(tmp_path):
    root, folder = tmp_path / "outputs", tmp_path / "outputs/human_machine"
    base = {"dataset__name": "human_machine", "model__hidden_sizes": [20]}
    for split, seed in (("random", 1), ("random", 0), ("contributor", 0)):
        changes = base | {"dataset__split": split}
        sequences_run(folder / f"{split}{seed}", changes, seed)
    sequences_run(folder / "other", base | {"batch_size": 32, "dataset__split": "random"})
    (folder / "contributor0/run.log").write_text("2026-02-01T10:00:00+00:00 started\n")
    found = [run.name for run in find_records(root).runs("sequences")]
    assert found == ["random0", "random1", "contributor0"]


def test_the_commands_are_those_that_were_given(written):
    text = strip_data(written)
    assert "<code>python -m hw3.run experiment=mnist_sweep epochs=50</code>" in text
    assert "<code>python -m hw3.run experiment=mnist_final &#x27;lr=1e-3, 2&#x27;</code>" in text
    assert "<code>python -m hw3.run experiment=human_machine_explore</code>" in text  # unrecorded


def test_a_quick_look_is_marked(tmp_path):
    """By its folder's name and its epochs: a whole homework may lie in a folder of that name."""
    root = make(tmp_path / "outputs" / "quick")
    assert main([str(root)]) == 0
    assert "quick look" not in (root / "report.html").read_text()
    for path in root.glob("human_machine/*/config.yaml"):
        path.write_text(path.read_text().replace("epochs: 60", "epochs: 3"))
    shutil.rmtree(root / "mnist_sweep")
    assert main([str(root)]) == 1
    text = (root / "report.html").read_text()
    assert "This is a quick look, not the assignment." in text
    assert "python -m hw3.homework problem=1 quick=true" in text


def test_what_is_missing_is_said_once(tmp_path):
    root = tmp_path / "outputs"
    root.mkdir()
    assert main([str(root)]) == 0
    text = (root / "report.html").read_text()
    assert "Nothing has been run yet: <code>python -m hw3.homework</code>" in text
    page = text[: text.index('id="audit"')]
    assert page.count("not run: <code>python -m hw3.run experiment=human_machine</code>") == 1


def test_a_sweep_without_its_final_run_is_said(tmp_path):
    root = make(tmp_path / "outputs")
    shutil.rmtree(root / "mnist_final")
    assert main([str(root)]) == 0
    text = (root / "report.html").read_text()
    assert "sweep done, best validation 90.50 % (relu, lr 0.5); the final run is to come" in text


def test_runs_beside_the_reported_one_are_named(tmp_path):
    root = make(tmp_path / "outputs")
    shutil.copytree(root / "fashion_confusion/net", root / "fashion_confusion/later")
    (root / "fashion_confusion/net/run.log").write_text("2026-03-01T10:00:00+00:00 started\n")
    main([str(root)])
    text = (root / "report.html").read_text()
    assert "Not reported, beside fashion_confusion&#x27;s newest: later" in text


def test_a_run_or_a_sweep_is_no_folder_of_outputs(tmp_path, capsys):
    root = make(tmp_path / "outputs")
    assert main([str(root / "mnist_sweep")]) == 2
    assert f"python -m hw3.report {root}" in capsys.readouterr().err
    assert not (root / "mnist_sweep/report.html").exists()


def test_fewer_epochs_and_subsets_are_marked(tmp_path, capsys):
    root = make(tmp_path / "outputs")
    for path in root.glob("human_machine/*/config.yaml"):
        text = path.read_text().replace("epochs: 60", "epochs: 2")
        path.write_text(text.replace("subset: null", "subset: 900"))
    assert main([str(root)]) == 1
    assert "problem 4, human_machine: 2 of 60 epochs, 900 examples only" in capsys.readouterr().out
    assert "This is less than the assignment." in (root / "report.html").read_text()


def test_a_later_quick_look_does_not_take_the_place_of_the_whole_run(tmp_path):
    root = make(tmp_path / "outputs")
    quick = Path(shutil.copytree(root / "fashion_confusion/net", root / "fashion_confusion/quick"))
    config = (quick / "config.yaml").read_text()
    (quick / "config.yaml").write_text(config.replace("epochs: 40", "epochs: 1"))
    (quick / "run.log").write_text("2027-01-01T10:00:00+00:00 started\n")
    (reported,) = find_records(root).runs("confusion")
    assert reported.name == "net"


def test_a_damaged_figure_is_named(tmp_path):
    root = make(tmp_path / "outputs")
    (root / "mnist_sweep/curves.png").write_text("no picture")
    (root / "fashion_confusion/net/worst_pair.png").unlink()
    main([str(root)])
    text = (root / "report.html").read_text()
    assert "curves.png is damaged: no PNG" in text
    assert "worst_pair.png is missing" in text
    with pytest.raises(RunDirError):
        figure(root / "mnist_sweep/curves.png", "", "")


def test_text_is_escaped():
    assert emphasised("a < b `c & d`") == "a &lt; b <code>c &amp; d</code>"
