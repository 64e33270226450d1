"""How weights are kept: what a form packs, it unpacks; and what a program shows is found again."""

import numpy as np
import pytest

from hw3.programs.form import (
    DATA_FORMS,
    NONE,
    WrongForm,
    forms_of,
    leaves,
    skeleton_of,
    usual_forms,
)
from hw3.programs.reference import Rows

SIZES = (6, 5, 4, 3)
RNG = np.random.default_rng(0)
PARAMS = [(RNG.normal(size=(a, b)), RNG.normal(size=b)) for a, b in [(6, 5), (5, 4), (4, 3)]]
W, B = [w for w, _ in PARAMS], [b for _, b in PARAMS]
KEPT = {
    "in turn": [a for pair in PARAMS for a in pair],
    "pairs": tuple(PARAMS),
    "turned": [(w.T, b[:, None]) for w, b in PARAMS],
    "grouped": (W, [b[None] for b in B]),
    "biases first": ([b[:, None] for b in B], [w.T for w in W]),
    "names": {f"{k}{i}": a for i, p in enumerate(PARAMS) for k, a in zip("Wb", p, strict=True)},
    "last row": [np.vstack([w, b]) for w, b in PARAMS],
    "first column": [np.vstack([b, w]).T for w, b in PARAMS],
    "lists": [{"W": w.tolist(), "b": b.tolist()} for w, b in PARAMS],
    "more in it": {"sizes": [6, 5, 4, 3], "act": "relu", "layers": PARAMS},
}


def equal(a, b):
    return all(
        np.array_equal(x, y) for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True)
    )


def objects():
    kept = np.empty(6, object)
    kept[:] = KEPT["in turn"]
    return kept


@pytest.mark.parametrize("kept", [*KEPT.values(), objects()], ids=[*KEPT, "objects"])
def test_what_is_shown_is_one_of_the_forms_found(kept):
    found = forms_of(kept, SIZES)
    assert any(equal(form.unpack(kept, SIZES), PARAMS) for form in found)
    for form in found:
        packed = form.pack(form.unpack(kept, SIZES))
        assert type(packed) is type(kept)
        assert [a.shape for a in leaves(packed)] == [a.shape for a in leaves(kept)]
        assert all(np.array_equal(a, b) for a, b in zip(leaves(packed), leaves(kept), strict=True))


@pytest.mark.parametrize("form", list(usual_forms(3)), ids=str)
def test_usual_forms_give_back_what_they_got(form):
    assert equal(form.unpack(form.pack(PARAMS), SIZES), PARAMS)
    assert form.pack(PARAMS) is not form.pack(PARAMS)


def test_a_net_without_biases():
    (form, *more) = forms_of(W, SIZES)
    assert not more
    assert form.bias == NONE
    assert [b.size for _, b in form.unpack(W, SIZES)] == [0, 0, 0]


def test_a_gradient_is_read_by_its_names():
    form = forms_of(KEPT["names"], SIZES)[0]
    reversed_ = {f"d{key}": a for key, a in reversed(KEPT["names"].items())}
    assert equal(form.unpack({"dA2": np.ones((8, 4)), **reversed_}, SIZES), PARAMS)
    assert equal(form.unpack(list(KEPT["names"].values()), SIZES), PARAMS)


def test_what_is_no_array_stays():
    form = forms_of(KEPT["more in it"], SIZES)[0]
    packed = form.pack(PARAMS)
    assert (packed["sizes"], packed["act"]) == ([6, 5, 4, 3], "relu")
    assert skeleton_of("none") == "none"


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (KEPT["in turn"][:5], "5 arrays, where 3 layers have 6"),
        (KEPT["in turn"][::-1], r"W1 is \(3,\), where the layer's weights are \(6, 5\)"),
        ([W[0], B[1], *KEPT["in turn"][2:]], r"b1 is \(4,\), where the layer has 5 units"),
    ],
)
def test_what_does_not_fit_is_named(weights, said):
    form = next(usual_forms(3))
    with pytest.raises(WrongForm, match=said):
        form.unpack(weights, SIZES)


@pytest.mark.parametrize("data", DATA_FORMS, ids=str)
def test_examples_keep_their_labels(data):
    rows = Rows(RNG.normal(size=(4, 2)), np.array([2, 0, 1, 2]), 3)
    x, y = data.x(rows.x), data.y(rows)
    x, y = (x.T, np.transpose(y)) if data.in_columns else (x, y)
    assert np.array_equal(x, rows.x)
    assert np.array_equal(np.argmax(y, axis=1) if data.labels == "one-hot" else y.ravel(), rows.y)
