"""Pictures of mistakes, drawn while the test split is open."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from hw3.analysis.confusion import confusion_counts
from hw3.plots.examples import examples
from hw3.records.rundir import RunDir
from hw3.testset import seal
from hw3.testset.look import save_confusion, save_examples

NAMES = ("Shirt", "Coat", "Bag")


def opened(labels, decisions, n_pixels=16):
    """What an opening of the test split learned, made up."""
    labels, decisions = np.array(labels), np.array(decisions)
    images = np.random.default_rng(0).random((len(labels), n_pixels))
    return seal.TestResult(None, 0, images, labels, images, decisions)


def saved(folder, result, image_shape=(4, 4)):
    counts = confusion_counts(result.labels, result.decisions, 3)
    dataset = SimpleNamespace(class_names=NAMES, image_shape=image_shape)
    save_examples(RunDir(folder, None), dataset, result, counts)
    return sorted(path.name for path in folder.glob("*.png"))


def test_mistakes_and_the_worst_pair_are_drawn(tmp_path):
    assert saved(tmp_path, opened([0, 1, 2, 0], [1, 0, 2, 2])) == ["mistakes.png", "worst_pair.png"]
    with Image.open(tmp_path / "mistakes.png") as image:
        assert image.size[0] > 600


@pytest.mark.parametrize(
    ("result", "image_shape"), [(opened([0, 1], [0, 1]), (4, 4)), (opened([0, 1], [1, 0]), None)]
)
def test_nothing_is_drawn_without_mistakes_or_without_images(result, image_shape, tmp_path):
    assert saved(tmp_path, result, image_shape) == []


@pytest.mark.parametrize("image_shape", [(2, 8), (2, 2, 4), (4, 2, 2)])
def test_images_have_their_shape_with_colours_last_or_first(image_shape, tmp_path):
    assert saved(tmp_path, opened([0, 1], [1, 0]), image_shape) == [
        "mistakes.png",
        "worst_pair.png",
    ]


def test_captions_tell_the_class_and_the_decision(tmp_path, monkeypatch):
    """The first 40 mistakes in the file's order; rightly decided images are not among them."""
    seen = []

    def spy(images, captions, title):
        seen.append((images, captions, title))
        return examples(images, captions, title)

    monkeypatch.setattr("hw3.plots.examples.examples", spy)
    labels, decisions = [0] * 100, [0] * 50 + [2] * 50
    result = opened(labels, decisions)
    saved(tmp_path, result)
    images, captions, title = seen[0]
    np.testing.assert_array_equal(images, result.inputs[50:90].reshape(-1, 4, 4))
    assert captions == ["Shirt\n→ Bag"] * 40
    assert title == "the first 40 of 50 mistakes on 100 test images"


def test_the_confusion_is_written_with_the_truth_in_rows(tmp_path):
    """One shirt taken for a coat, and two bags taken for shirts: no other way round."""
    experiment = SimpleNamespace(dataset=SimpleNamespace(class_names=NAMES))
    result = opened([0, 0, 1, 2, 2], [0, 1, 1, 0, 0])
    counts = save_confusion(RunDir(tmp_path, None), experiment, result)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [2, 0, 0]]
    assert (tmp_path / "confusion.csv").read_text().splitlines() == [
        "true class,Shirt,Coat,Bag",
        "Shirt,1,1,0",
        "Coat,0,1,0",
        "Bag,2,0,0",
    ]
