"""One update printed: every number of it against torch's autograd, and by hand."""

import re

import numpy as np
import pytest

from hw3.nn.activations import ACTIVATIONS
from hw3.records.weights import save_params
from hw3.trace import main
from tests.builders import refused

torch = pytest.importorskip("torch")
HEAD = re.compile(r"^  (\S+?)(?:,? .*?)?(?: +(\([\d, ]+\)))?$")


def printed(capsys, *arguments) -> dict[str, np.ndarray]:
    """Return every array that the command prints, by its name; of a name that comes twice both."""
    assert main(list(arguments)) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    found: dict[str, np.ndarray] = {}
    for block in re.split(r"\n(?=  \S)", out):
        head, *rows = [line for line in block.splitlines() if not re.match(r"\w|$", line)] or [""]
        if match := HEAD.match(head):
            text = re.sub(r"\s+", " ", " ".join(rows))
            values = np.array(re.findall(r"-?\d[\d.e-]*", text), float)
            shape = tuple(map(int, re.findall(r"\d+", match[2] or "")))
            name = match[1] + (" after" if match[1] in found else "")
            found[name] = values.reshape(shape)
    return found


def in_torch(found, act, l2=0.0, lr=0.1):
    """Return the same names by torch, from the given arrays alone."""
    n_layers = sum(re.fullmatch(r"W\d", key) is not None for key in found)
    given = {k: torch.tensor(v, dtype=torch.float64) for k, v in found.items()}
    names = [f"{k}{i}" for i in range(1, n_layers + 1) for k in "Wb"]
    params = {k: given[k].clone().requires_grad_() for k in names}
    y = given["y"].long()

    def run(values):
        h, kept = given["x"], {}
        for i in range(1, n_layers + 1):
            z = h @ values[f"W{i}"].T + values[f"b{i}"]
            if z.requires_grad:
                z.retain_grad()
            kept[f"z{i}"] = z
            if i < n_layers:
                h = kept[f"a{i}"] = act(z)
        if z.shape[1] > 1:
            each = torch.nn.functional.cross_entropy(z, y, reduction="none")
        else:
            each = torch.nn.functional.binary_cross_entropy_with_logits(
                z[:, 0], y.double(), reduction="none"
            )
        kept["p"] = torch.sigmoid(z[:, 0]) if z.shape[1] == 1 else torch.softmax(z, 1)
        kept["losses"] = each
        penalty = l2 * sum((values[k] ** 2).sum() for k in names if k[0] == "W")
        kept["loss"] = each.mean() + penalty
        return kept

    kept = run(params)
    kept["loss"].backward()
    after = {k: v - lr * v.grad for k, v in params.items()}
    expected = dict(kept) | {f"{k}'": v for k, v in after.items()}
    expected |= {f"delta{i}": kept[f"z{i}"].grad for i in range(1, n_layers + 1)}
    expected |= {f"d{k}": v.grad for k, v in params.items()}
    again = run({k: v.detach() for k, v in after.items()})
    expected |= {f"{k} after": again[k] for k in ("losses", "loss")}
    return {k: v.detach().numpy() for k, v in expected.items()}


TORCH = {name: getattr(torch.nn.functional, name) for name in ("relu", "tanh", "sigmoid", "elu")}


@pytest.mark.parametrize("act", sorted(TORCH))
@pytest.mark.parametrize("sizes", ["2,3,2", "3-4-2-5", "[4,3,1]"])
def test_every_number_is_that_of_autograd(act, sizes, capsys):
    found = printed(capsys, f"act={act}", f"sizes={sizes}", "lr=0.1")
    expected = in_torch(found, TORCH[act])
    for name, values in expected.items():
        assert found[name].shape == values.shape, name
        np.testing.assert_allclose(found[name], values, atol=6e-7, err_msg=name)
    slopes = {name for name in found if "'(" in name}
    assert set(found) == {*expected, *slopes, *(k for k in found if k[0] in "xyWb")}


def test_the_penalty_is_in_loss_and_gradient(capsys):
    arguments = ("regularizer=l2", "regularizer.l2=0.05", "lr=0.5", "act=tanh")
    found = printed(capsys, *arguments)
    expected = in_torch(found, torch.tanh, l2=0.05, lr=0.5)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=6e-7, err_msg=name)
    assert found["penalty"] == pytest.approx(0.05 * (0.91 + 0.59), abs=1e-6)


def test_a_pocket_calculator_gets_the_example(capsys):
    """z = x W^T + b, relu and a step, each by hand; each hidden unit is on for one of the rows."""
    found = printed(capsys)
    assert found["z1"].tolist() == [[0.15, 0.35, -0.1], [-0.3, -0.2, 0.95]]
    assert found["relu'(z1)"].tolist() == [[1, 1, 0], [0, 0, 1]]
    assert found["z2"].tolist() == [[0.075, -0.125], [0.575, 0.09]]
    p = 1 / (1 + np.exp(-0.2))
    assert found["p"][0, 0] == pytest.approx(p, abs=1e-6)
    assert found["delta2"][0].tolist() == pytest.approx([(p - 1) / 2, (1 - p) / 2], abs=1e-6)
    assert found["b2'"][0] == pytest.approx(0.1 - 0.1 * found["db2"][0], abs=1e-6)
    assert found["loss after"] < found["loss"]


def test_own_numbers_stand_where_they_were_given(capsys):
    found = printed(capsys, "x=[2,-1]", "y=1", "W1=[[1,0],[0,1]]", "b1=[0,0.5]", "W2=[[1,1]]")
    assert found["z1"].tolist() == [[2, -0.5]]
    assert found["W2"].shape == (1, 2)  # the sizes follow from the weights
    assert found["p"] == pytest.approx(1 / (1 + np.exp(-2 - found["b2"])), abs=1e-6)


def test_numbers_beyond_all_bounds_are_shown_as_what_they_become(capsys):
    assert main(["x=[1e200,1]", "W1=[[1e200,0],[0,1],[1,1]]", "act=tanh", "y=0"]) == 0
    assert main(["x=[1e200,1]", "W2=[[1e200,0,0],[0,1,1]]", "y=0"]) == 0
    assert "inf" in capsys.readouterr().out


def by_formula(text, names):
    """Return what a printed formula comes to, as a pocket calculator would get it."""
    *cases, other = re.split(r", (?:else )?(?!z)", text) if " where " in text else [text]
    python = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", other).replace("^", "**")
    known = {"e": np.e, "tanh": np.tanh, "max": np.maximum, **names}
    found = eval(python, known)
    for case in reversed(cases):
        value, condition = case.split(" where ")
        found = np.where(
            eval(condition.replace(" = ", " == "), known), by_formula(value, names), found
        )
    return found


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_the_formula_of_every_activation_gives_its_numbers(act, capsys):
    found = printed(capsys, f"act={act}")
    assert main([f"act={act}"]) == 0
    told = dict(
        re.findall(r"^  (?:a1 = )?(\w+'?)\(z1\) = (.*?)  +\(", capsys.readouterr().out, re.M)
    )
    names = {"z1": found["z1"], "a1": found["a1"]}
    np.testing.assert_allclose(by_formula(told[act], names), found["a1"], atol=2e-6)
    slope = by_formula(told[f"{act}'"], names) if act != "gelu" else found["gelu'(z1)"]
    np.testing.assert_allclose(slope + 0 * found["z1"], found[f"{act}'(z1)"], atol=2e-6)


def test_weights_come_from_a_file(tmp_path, capsys):
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(2, 3)), np.zeros(3)), (rng.normal(size=(3, 4)), np.ones(4))]
    save_params(tmp_path / "net.h5", layers, {"name": "tanh"})
    arrays = {f"{k}{i}": v for i, (w, b) in enumerate(layers, 1) for k, v in (("W", w.T), ("b", b))}
    np.savez(tmp_path / "net.npz", **arrays)
    of_h5 = printed(capsys, f"weights={tmp_path / 'net.h5'}")
    of_npz = printed(capsys, f"weights={tmp_path / 'net.npz'}", "act=tanh")
    assert "tanh'(z1)" in of_h5
    assert all((of_h5[key] == of_npz[key]).all() for key in of_h5)
    np.testing.assert_allclose(of_h5["W1"], layers[0][0].T, atol=1e-6)
    assert "was trained with act=tanh" in refused(
        capsys, main, f"weights={tmp_path / 'net.h5'}", "act=relu"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["W1=[[1,2,3],[4,5,6]]"],
            "W1 must have the shape (3, 2) in a network of 2-3-2, whose W are (fan_out, fan_in); "
            "got (2, 3); it looks transposed",
        ),
        (["b2=[1]"], "b2 must have the shape (2,) in a network of 2-3-2"),
        (["x=[1,2,3]"], "x must have the shape (1, 2) in a network of 2-3-2"),
        (["y=[0,2]"], "y must be a class from 0 to 1 for each of 2 rows"),
        (["y=[0]"], "for each of 2 rows"),
        (["x=[[1],[2,3]]"], "x must be numbers"),
        (["x=[.nan,1]"], "x must be numbers"),
        (["x="], "x must be numbers"),
        (["W3=[[1]]"], "W3: a network of 2-3-2 has 2 layers"),
        (["sizes=2"], "sizes must be two or more"),
        ([f"sizes=2,{'9' * 5000}"], "sizes must be two or more"),
        (["sizes=2,-3,2"], "sizes must be two or more"),
        (["W1=[[1,2,3],[4,5,6]]", "W2=[[1,2],[3,4],[5,6]]", "x=[1,2]"], "a network of 3-2-3"),
        (["sizes=2,0,2"], "sizes must be two or more"),
        (["sizes=20000,20000,2"], "too large to be read"),
        (["regularizer=dropout"], "trace shows no masks"),
        (["clip_norm=0.1"], "no clipping"),
        (["act=rleu"], "did you mean 'relu'"),
        (["q=1"], "q"),
        (["weights=nowhere.h5"], "there is no such file"),
    ],
)
def test_a_mistake_is_one_line(arguments, words, capsys):
    assert words in refused(capsys, main, *arguments)
