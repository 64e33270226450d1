"""The page as a browser gets it: one file, links that resolve, figures that say what they show."""

import base64
import re
from html.parser import HTMLParser

import pytest
from tests.assignment import make

from hw3.errors import RunDirError
from hw3.report.__main__ import main
from hw3.report.blocks import emphasised, figure


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
    assert len(page.all("table")) == len(page.all("caption")) >= 8
    for body in re.findall(r"(?s)<tbody>(.*?)</tbody>", written):
        for row in re.findall(r"(?s)<tr.*?</tr>", body):
            assert re.search(r'<th scope="row">', row)
    boxes = [d for d in page.all("div") if "scroll" in d.get("class", "")]
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in boxes)


def test_the_figures_of_the_records_stand_on_the_page(written):
    text = strip_data(written)
    assert "9000 correct out of 10000 means accuracy is 90.00 %" in text
    assert "class 9 and class 0" in text or "class 0 and class 9" in text
    assert "500 updates an epoch" in text
    assert "python -m hw3.run experiment=fashion_confusion" in text
    assert "mnist_final/relu-0.5/" in text
    assert "quick look" not in text


def test_a_quick_look_is_marked(tmp_path):
    root = make(tmp_path / "outputs" / "quick")
    (root / "mnist_sweep" / "jobs.json").unlink()
    assert main([str(root)]) in (0, 1)
    text = (root / "report.html").read_text()
    assert "This is a quick look, not the assignment." in text
    assert "python -m hw3.homework problem=1 quick=true" in text


def test_fewer_epochs_and_subsets_are_marked(tmp_path, capsys):
    root = make(tmp_path / "outputs")
    path = root / "human_machine/net/config.yaml"
    path.write_text(
        path.read_text().replace("epochs: 60", "epochs: 2").replace("subset: null", "subset: 900")
    )
    assert main([str(root)]) == 1
    assert "problem 4, human_machine: 2 of 60 epochs, 900 examples only" in capsys.readouterr().out
    assert "This is less than the assignment." in (root / "report.html").read_text()


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
