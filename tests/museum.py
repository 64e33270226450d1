"""The museum: bugs that public solutions of this assignment really have, as patches of our code.

`scripts/mutants museum` applies each to a copy of the tree, and the ordinary suite must fail. A
unit test holds that no patch is stale: each old text occurs exactly once in its file.
"""

from dataclasses import dataclass

BUGS = {
    1: "the gradient is averaged over the batch twice",
    2: "the output layer is never updated",
    3: "an activation's derivative is taken at the activation instead of the pre-activation",
    4: "an activation's derivative is summed over the batch",
    5: "ReLU' is wrong: always 1, overwritten in place, or its value at 0 given to zeroed units",
    6: "gradients or optimizer slots start from something other than zero, or are never reset",
    7: "mini-batches are cut at the number of the batch, or the last short one is dropped",
    8: "the decay never fires, fires too often or once, or a copy of the rate stays as it was",
    9: "the test set is measured every epoch, chosen on, or opened without a record",
    10: "train and validation overlap, or a row is dropped",
    11: "the final run uses fewer rows, a warm start or another rate; best is the best epoch",
    12: "dropout is live at evaluation, or the kept units are not scaled",
    13: "L2 is on the norm, on biases too, or accepted and unused",
    14: "the confusion matrix has another total, swapped arguments, or is read by column",
    15: "(n, 1) against (n,) becomes (n, n) in silence",
    16: "softmax or sigmoid overflows, or softmax is normalised over the whole matrix",
    17: "the loss that is reported is not the one that is differentiated",
    18: "He initialisation with fan_out, equal weights, or weights that ignore the config",
    19: "labels lie: a figure or file is named for another run, a net reloads as tanh",
    20: "rows are not shuffled, the batch size is fixed, data files are opened for writing",
}


@dataclass(frozen=True)
class Patch:
    """One bug as a replacement of one text of a file below src/hw3."""

    bug: int
    file: str
    old: str
    new: str


MLP = "nn/mlp.py"
LOSSES = "nn/losses.py"
ACTIVATIONS = "nn/activations.py"
SCHEDULES = "nn/schedules.py"
INITIALIZERS = "nn/initializers.py"
REGULARIZERS = "nn/regularizers.py"
OPTIMIZERS = "nn/optimizers.py"
NUMPY = "backends/numpy_backend.py"
TORCH = "backends/torch_backend.py"
NETS = "backends/torch_nets.py"
FIT = "training/fit.py"
SPLITS = "datasets/splits.py"
CONFUSION = "analysis/confusion.py"

N_HALVED = "0.5 ** sum(epoch >= m for m in self.milestones(epochs))"
N_ROWS = "for start in range(0, len(order), batch_size):"
T_ROWS = "batches = torch.from_numpy(orders).to(x.device).split(batch_size, dim=1)"
T_SOFTMAX = 'return functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum")'
T_SIGMOID = "return -functional.logsigmoid(logits.flatten(1) * y).sum()"
T_MEAN = "total.new_tensor(1 / x.shape[1])"
NEW_RNG = "np.random.default_rng()"

PATCHES = [
    Patch(1, LOSSES, "np.multiply(out, 1 / n, out=out)", "np.multiply(out, 1 / n**2, out=out)"),
    Patch(1, LOSSES, "- labels) / len(labels)", "- labels) / len(labels) ** 2"),
    Patch(1, NUMPY, "mlp.backward()", "mlp.backward()\n        mlp.grads.vector /= len(labels)"),
    Patch(1, NETS, T_MEAN, T_MEAN.replace("x.shape[1]", "x.shape[1] ** 2")),
    Patch(
        2,
        NUMPY,
        "self.optimizer_state.step += 1",
        "self.optimizer_state.step += 1\n"
        "        self.mlp.grads.weights[-1][...] = self.mlp.grads.biases[-1][...] = 0",
    ),
    Patch(
        2,
        TORCH,
        '{"params": self.flats} | options',
        '{"params": self.flats[:-2] + self.flats[-1:]} | options',
    ),
    Patch(
        3,
        ACTIVATIONS,
        "np.multiply(a, a, out=out)",
        "np.multiply(np.tanh(a), np.tanh(a), out=out)",
    ),
    Patch(
        3,
        ACTIVATIONS,
        "np.subtract(1, a, out=out)\n        np.multiply(out, a, out=out)",
        "self.value(a.copy(), out)\n        np.multiply(1 - out, out, out=out)",
    ),
    Patch(
        3,
        MLP,
        "self.activation.slope(self._z[i - 1][:n]",
        "self.activation.slope(self._a[i - 1][:n]",
    ),
    Patch(
        4,
        MLP,
        "np.multiply(d_below, slope, out=d_below)",
        "np.multiply(d_below, slope.sum(axis=0), out=d_below)",
    ),
    Patch(5, ACTIVATIONS, "np.greater(z, 0, out=out)\n        if", "out[...] = 1\n        if"),
    Patch(5, ACTIVATIONS, "np.maximum(z, 0, out=out)", "out[...] = np.maximum(z, 0, out=z)"),
    Patch(5, ACTIVATIONS, "out[z == 0] = self.slope_at_zero", "out[a == 0] = self.slope_at_zero"),
    Patch(
        5,
        ACTIVATIONS,
        "out[z == 0] = self.slope_at_zero",
        f"out[a == 0] = {NEW_RNG}.random((a == 0).sum())",
    ),
    Patch(5, NETS, "return torch.relu(z)", "return torch.relu(z).detach() + z - z.detach()"),
    Patch(5, NETS, "torch.heaviside(z.detach(),", "torch.heaviside(torch.relu(z.detach()),"),
    Patch(5, NETS, "if slope_at_zero == 0:", "if slope_at_zero < 1:"),
    Patch(
        6,
        MLP,
        "np.matmul(self._inputs[i].T, d_z, out=self.grads.weights[i])",
        "self.grads.weights[i] += self._inputs[i].T @ d_z",
    ),
    Patch(6, OPTIMIZERS, "np.zeros_like(params.vector)", "np.ones_like(params.vector)"),
    Patch(6, TORCH, "view.copy_(ours)", "view.add_(ours)"),
    Patch(7, NUMPY, N_ROWS, "for start in range(len(order) // batch_size):"),
    Patch(7, NUMPY, N_ROWS, "for start in range(0, len(order) - batch_size + 1, batch_size):"),
    Patch(
        7,
        TORCH,
        T_ROWS,
        "batches = [torch.from_numpy(orders)[:, i:][:, :batch_size]"
        " for i in range(orders.shape[1] // batch_size)]",
    ),
    Patch(
        7,
        TORCH,
        T_ROWS,
        "batches = torch.from_numpy(orders).unfold(1, batch_size, batch_size).unbind(1)",
    ),
    Patch(8, SCHEDULES, f"return self.initial * {N_HALVED}", "return self.initial"),
    Patch(8, SCHEDULES, N_HALVED, N_HALVED.replace("sum", "any")),
    Patch(8, SCHEDULES, N_HALVED, N_HALVED.replace("epoch >= m for", "max(0, epoch - m) for")),
    Patch(8, NUMPY, "self._step(learning_rate)", "self._step(learning_rate / (1 + start))"),
    Patch(
        8,
        NUMPY,
        "self._step(learning_rate)",
        'self._step(vars(self).setdefault("lr", learning_rate))',
    ),
    Patch(
        8,
        TORCH,
        "part.take(new)",
        "part.take(new)\n"
        "            for group in optimizer.param_groups:\n"
        '                group["lr"] /= 2',
    ),
    Patch(8, TORCH, '{"weight_decay": 0.0}', '{"weight_decay": 0.0, "lr": 1.0}'),
    Patch(
        8,
        TORCH,
        "learning_rates=[learning_rate]",
        'learning_rates=[vars(self).setdefault("lr", learning_rate)]',
    ),
    Patch(8, FIT, "plan.schedule.rate(epoch, plan.epochs)", "plan.schedule.rate(0, plan.epochs)"),
    Patch(8, FIT, "EpochRecord(epoch + 1, rate,", "EpochRecord(epoch + 1, plan.schedule.initial,"),
    Patch(
        9,
        FIT,
        "seconds = time.perf_counter() - started",
        "seconds = time.perf_counter() - started\n"
        "        from hw3.datasets.sources import SOURCES\n\n"
        "        if dataset.name == 'digits':\n"
        "            SOURCES.get(dataset.name).read_test(None)",
    ),
    Patch(
        9,
        FIT,
        "val = evaluate(backend, plan.loss, dataset.val) if dataset.val else None",
        "from hw3.testset.seal import SOURCES\n\n"
        "        val = evaluate(backend, plan.loss, dataset.val) if dataset.val else None",
    ),
    Patch(
        9,
        "testset/seal.py",
        "opening, before = enter(ledger, opening, is_resumable)",
        "before = len(read_ledger(ledger))",
    ),
    Patch(
        9, "testset/evaluation.py", "refuse_choosing(path, reason)\n    config", "pass\n    config"
    ),
    Patch(9, "tasks/confusion.py", "opens_test_split=True", "opens_test_split=False"),
    Patch(9, "tasks/final.py", "opens_test_split=True", "opens_test_split=False"),
    Patch(10, SPLITS, "rows[: len(rows) - n_val]", "rows[: len(rows) - n_val + 1]"),
    Patch(10, SPLITS, "rows[: len(rows) - n_val]", "rows[: len(rows) - n_val - 1]"),
    Patch(10, SPLITS, "np.sort(shuffled[n_val:])", "np.sort(shuffled[max(0, n_val - 1) :])"),
    Patch(10, SPLITS, "np.sort(shuffled[n_val:])", "np.sort(shuffled[n_val + 1 :])"),
    Patch(10, SPLITS, "start + CONTRIBUTOR_ROWS]", "start + CONTRIBUTOR_ROWS - 1]"),
    Patch(10, "datasets/dataset.py", "slice(rows[0], rows[-1] + 1)", "slice(rows[0], rows[-1])"),
    Patch(11, "tasks/final.py", '{"dataset.val": 0}', "{}"),
    Patch(11, "tasks/final.py", '{"dataset.val": 0}', '{"dataset.val": 0, "lr.initial": 0.0123}'),
    Patch(
        11,
        "tasks/train.py",
        "experiment = make_experiment(config)",
        "from hw3.records.run import load_sweep\n"
        "    from hw3.sweeps.choice import winner_of\n\n"
        "    winner = winner_of(load_sweep(config.sweep)) if config.sweep else None\n"
        "    experiment = make_experiment(config, winner and winner.completed[0].weights)",
    ),
    Patch(
        11,
        "records/outcome.py",
        "return self._val(self.final)",
        "return self._val(self.best_epoch)",
    ),
    Patch(
        12,
        NUMPY,
        "self.mlp.forward(inputs[rows])",
        f"self.mlp.forward(inputs[rows], dropout_masks({NEW_RNG}, len(inputs[rows]),"
        " self.network.hidden_sizes, self.network.regularizer.dropout, self.network.dtype))",
    ),
    Patch(
        12,
        TORCH,
        "layers, rows[None])",
        f"layers, rows[None], self.alone._masks(len(rows), [{NEW_RNG}]))",
    ),
    Patch(12, REGULARIZERS, ".type(1 / (1 - dropout))", ".type(1)"),
    Patch(13, REGULARIZERS, "np.square(wide).sum()", "np.sqrt(np.square(wide).sum())"),
    Patch(
        13,
        REGULARIZERS,
        "(2 * self.l2_factor) * weights",
        "(2 * self.l2_factor) * weights / np.linalg.norm(weights)",
    ),
    Patch(13, REGULARIZERS, "(2 * self.l2_factor) * weights", "self.l2_factor * weights"),
    Patch(13, REGULARIZERS, "if self.l2:", "if self.l2 < 0:"),
    Patch(
        13,
        NUMPY,
        "add_gradient(mlp.params.weight_vector, mlp.grads.weight_vector)",
        "add_gradient(mlp.params.vector, mlp.grads.vector)",
    ),
    Patch(13, OPTIMIZERS, "weights = params.weight_vector", "weights = params.vector"),
    Patch(
        13, TORCH, "grad.add_(weights, alpha=l2)", "grad.add_(weights / weights.norm(), alpha=l2)"
    ),
    Patch(13, TORCH, "for flat in self.flats[:-1]:", "for flat in self.flats:"),
    Patch(13, TORCH, "if l2:", "if l2 < 0:"),
    Patch(13, TORCH, '| {"weight_decay": 0.0}', ""),
    Patch(13, "config/validate.py", "raise unknown_key(join(key, name), fields)", "continue"),
    Patch(14, CONFUSION, "n = counts.sum(axis=1, keepdims=True)", "n = counts.sum(keepdims=True)"),
    Patch(
        14,
        CONFUSION,
        "np.add.at(counts, (truth, decided), 1)",
        "np.add.at(counts, (decided, truth), 1)",
    ),
    Patch(
        14, CONFUSION, "counts - np.diag(np.diag(counts))", "(counts - np.diag(np.diag(counts))).T"
    ),
    Patch(
        14,
        CONFUSION,
        "int(counts[k, k]), int(counts[:, k].sum())",
        "int(counts[k, k]), int(counts[k].sum())",
    ),
    Patch(
        14,
        "testset/look.py",
        "confusion_counts(result.labels, result.decisions,",
        "confusion_counts(result.decisions, result.labels,",
    ),
    Patch(
        14,
        "testset/look.py",
        "zip(names, *counts.T, strict=True)",
        "zip(names, *counts, strict=True)",
    ),
    Patch(
        14,
        "plots/confusion.py",
        "np.maximum(counts.sum(axis=1, keepdims=True), 1)",
        "np.maximum(counts.sum(keepdims=True), 1)",
    ),
    Patch(
        14,
        "plots/confusion.py",
        "sns.heatmap(rates, mask=is_right",
        "sns.heatmap(rates.T, mask=is_right",
    ),
    Patch(15, LOSSES, 'wanted = "n_outputs" if', 'return\n    wanted = "n_outputs" if'),
    Patch(15, LOSSES, "or labels.shape != logits.shape[:1]", "or len(labels) != len(logits)"),
    Patch(15, LOSSES, "check_shapes(logits, labels, 1)\n        z = logits[:, 0]", "z = logits"),
    Patch(15, LOSSES, "check_shapes(logits, labels, 1)\n        out[:, 0]", "out[...]"),
    Patch(15, NETS, T_SIGMOID, "return functional.softplus(-logits * y).sum()"),
    Patch(16, LOSSES, "shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits"),
    Patch(
        16,
        LOSSES,
        "np.subtract(logits, logits.max(axis=1, keepdims=True), out=out)",
        "out[...] = logits",
    ),
    Patch(
        16, LOSSES, "np.divide(out, out.sum(axis=1, keepdims=True), out=out)", "out /= out.sum()"
    ),
    Patch(
        16, LOSSES, "e = np.exp(logits - logits.max(axis=1, keepdims=True))", "e = np.exp(logits)"
    ),
    Patch(16, LOSSES, "= e / e.sum(axis=1, keepdims=True)", "= e / e.sum()"),
    Patch(
        16,
        LOSSES,
        "np.maximum(z, 0) - z * labels.astype(z.dtype)\n"
        "        loss += np.log1p(np.exp(-np.abs(z)))",
        "np.log1p(np.exp(z)) - z * labels.astype(z.dtype)",
    ),
    Patch(16, LOSSES, "0.5 * (1 + np.tanh(0.5 * logits[:, 0]))", "1 / (1 + np.exp(-logits[:, 0]))"),
    Patch(
        16,
        NETS,
        T_SOFTMAX,
        "e = logits.flatten(0, 1).exp()\n"
        "    return -(e / e.sum(1, keepdim=True))[range(y.numel()), y.flatten()].log().sum()",
    ),
    Patch(
        16,
        NETS,
        T_SOFTMAX,
        "p = logits.flatten().softmax(0).view(-1, logits.shape[-1])\n"
        "    return -p[range(y.numel()), y.flatten()].log().sum()",
    ),
    Patch(16, NETS, T_SIGMOID, "return (-logits.flatten(1) * y).exp().log1p().sum()"),
    Patch(
        17, LOSSES, "np.log(np.exp(shifted).sum(axis=1))", "np.log2(np.exp(shifted).sum(axis=1))"
    ),
    Patch(
        17,
        LOSSES,
        "loss += np.log1p(np.exp(-np.abs(z)))",
        "loss += np.log2(1 + np.exp(-np.abs(z)))",
    ),
    Patch(
        17,
        "training/metrics.py",
        "return self.loss_sum / self.n_examples",
        "return self.loss_sum / 100",
    ),
    Patch(
        17,
        FIT,
        "backend.predict_logits(split.inputs), split.labels)",
        "backend.predict_logits(split.inputs[-100:]), split.labels[-100:])",
    ),
    Patch(
        17,
        FIT,
        "train = evaluate(backend, plan.loss, dataset.train)",
        "train = evaluate(backend, plan.loss, dataset.train)\n"
        "        total = train.loss_sum + sum(e.train.loss_sum for e in history.epochs)\n"
        "        train = Metrics(total / (epoch + 1), train.n_correct, train.n_examples)",
    ),
    Patch(17, NETS, T_SOFTMAX, f"{T_SOFTMAX} * 1.4426950408889634"),
    Patch(17, NETS, T_SIGMOID, f"{T_SIGMOID} * 1.4426950408889634"),
    Patch(17, NETS, T_MEAN, "total.new_tensor(1.0)"),
    Patch(
        18,
        INITIALIZERS,
        "rng.normal(0, sqrt(2 / fan_in), (fan_in, fan_out))",
        "rng.normal(0, sqrt(2 / fan_out), (fan_in, fan_out))",
    ),
    Patch(18, INITIALIZERS, "bound = sqrt(6 / fan_in)", "bound = sqrt(6 / fan_out)"),
    Patch(
        18,
        INITIALIZERS,
        "rng.normal(0, sqrt(2 / fan_in), (fan_in, fan_out))",
        "np.full((fan_in, fan_out), rng.normal(0, sqrt(2 / fan_in)))",
    ),
    Patch(18, "training/build.py", 'stream(config.seed, "init")', 'stream(0, "init")'),
    Patch(18, "training/build.py", "config.init, stream", '"he_normal", stream'),
    Patch(18, TORCH, "tensor[:] = torch.tensor(array)", "pass"),
    Patch(
        19, "config/words.py", "{shape(layer_sizes)} {config.act.name}", "{shape(layer_sizes)} tanh"
    ),
    Patch(19, "config/words.py", "lr {config.lr.initial:g}", "lr 0.1"),
    Patch(19, "config/words.py", "batch {config.batch_size}", "batch 16"),
    Patch(19, "records/network.py", 'act = stored or {"name": named}', 'act = {"name": "tanh"}'),
    Patch(
        19,
        "records/network.py",
        '{**preset("act", str(act["name"])), **act}',
        '{**act, **preset("act", str(act["name"]))}',
    ),
    Patch(19, "records/weights.py", "json.dumps(act, sort_keys=True)", '\'{"name": "tanh"}\''),
    Patch(
        19, "testset/evaluation.py", 'values = {f"act.{key}": value', 'values = {f"act.{key}": 0.01'
    ),
    Patch(
        19,
        NETS,
        "(OWN.get(name) or getattr(functional, name))(z, **vars(activation))",
        "torch.tanh(z)",
    ),
    Patch(
        19,
        "sweeps/groups.py",
        "in ('name', 'initial') else leaf} {value}",
        "in ('name', 'initial') else leaf} 0.1",
    ),
    Patch(
        20,
        FIT,
        ".permutation(len(dataset.train.labels))",
        ".permutation(1) + dataset.train.rows.argsort()",
    ),
    Patch(20, FIT, 'stream(plan.seed, "order", epoch)', 'stream(plan.seed, "order")'),
    Patch(20, FIT, "batch_size=plan.batch_size", "batch_size=16"),
    Patch(20, NUMPY, N_ROWS, f"batch_size = min(batch_size, 16)\n            {N_ROWS}"),
    Patch(20, TORCH, T_ROWS, T_ROWS.replace("batch_size", "16")),
    Patch(20, "core/hdf5.py", 'h5py.File(path, "r")', 'h5py.File(path, "r+")'),
]
