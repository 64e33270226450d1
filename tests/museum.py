"""The museum: bugs that public solutions of this assignment really have, as patches of our code.

Bug 21 is no solution's: it is what the stack of networks, which none has, makes possible.

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
    21: "of networks that train as one, one gets what is another's or all's, or trains on ended",
}


@dataclass(frozen=True)
class Patch:
    """One bug as a replacement of one text of a file below src/hw3."""

    bug: int
    file: str
    old: str
    new: str


MLP = "nn/mlp.py"
ARRAYS = "nn/arrays.py"
LOSSES = "nn/losses.py"
ACTIVATIONS = "nn/activations.py"
SCHEDULES = "nn/schedules.py"
INITIALIZERS = "nn/initializers.py"
REGULARIZERS = "nn/regularizers.py"
OPTIMIZERS = "nn/optimizers.py"
FACTORS = "nn/factors.py"
NUMPY = "backends/numpy_backend.py"
TORCH = "backends/torch_backend.py"
NETS = "backends/torch_nets.py"
TORCH_STACK = "backends/torch_stack.py"
TORCH_BITS = "backends/torch_bits.py"
FIT = "training/fit.py"
SPLITS = "datasets/splits.py"
CONFUSION = "analysis/confusion.py"
STACK = "launch/engines/stack.py"
JOB = "launch/job.py"

N_FACTORS = "optimizer.factors(rate, start + i + 1)"
N_HALVED = "0.5 ** sum(epoch >= m for m in self.milestones(epochs))"
N_BACKWARD = "self.mlp.backward(self.grads)"
N_ROWS = "starts = range(0, n, batch_size)"
N_ORDER = 'stream(plan.seed, "order", epoch)'
N_DROPOUT = 'stream(plan.seed, "dropout", epoch)'
T_ROWS = "batches = torch.from_numpy(orders).to(x.device).split(batch_size, dim=1)"
T_SOFTMAX = 'return functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum")'
T_SIGMOID = "return -functional.logsigmoid(logits.flatten(1) * y).sum()"
T_MEAN = "total.new_tensor(1 / x.shape[1])"
T_RULES = "(net.optimizer, net.regularizer, net.clip_norm)"
T_FIRST = "rows[:1].expand_as(rows)"
T_GUARD = "item = np.dtype(networks[0].dtype).itemsize"
T_ASKED = "return all(same_gradients(networks, n, device, generator) for _ in range(DRAWS))"
NEW_RNG = "np.random.default_rng()"

PATCHES = [
    Patch(
        1, LOSSES, "np.multiply(out, 1 / labels.shape[-1], out=out)", "out /= labels.shape[-1] ** 2"
    ),
    Patch(1, LOSSES, "- labels) / labels.shape[-1]", "- labels) / labels.shape[-1] ** 2"),
    Patch(1, NUMPY, N_BACKWARD, f"{N_BACKWARD}\n        self.grads.vector /= labels.shape[-1]"),
    Patch(1, NETS, T_MEAN, T_MEAN.replace("x.shape[1]", "x.shape[1] ** 2")),
    Patch(
        2,
        NUMPY,
        N_BACKWARD,
        f"{N_BACKWARD}\n        self.grads.weights[-1][...] = self.grads.biases[-1][...] = 0",
    ),
    Patch(
        2,
        TORCH_STACK,
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
        "activation.slope(z[i - 1][members]",
        "activation.slope(a[i - 1][members]",
    ),
    Patch(
        4,
        MLP,
        "np.multiply(below, slope[i - 1], out=below)",
        "np.multiply(below, slope[i - 1].sum(axis=-2, keepdims=True), out=below)",
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
        "np.matmul(turned, d_z[i], out=grads.weights[i])",
        "grads.weights[i] += turned @ d_z[i]",
    ),
    Patch(6, NUMPY, "np.zeros_like(self.params.vector)", "np.ones_like(self.params.vector)"),
    Patch(6, NUMPY, "stacked([b.slots[s] for b in backends])", "np.zeros_like(self.params.vector)"),
    Patch(6, TORCH_STACK, "view.copy_(ours)", "view.add_(ours)"),
    Patch(6, NETS, "torch.zeros(shape, dtype", "torch.ones(shape, dtype"),
    Patch(7, NUMPY, N_ROWS, "starts = range(n // batch_size)"),
    Patch(7, NUMPY, N_ROWS, "starts = range(0, n - batch_size + 1, batch_size)"),
    Patch(
        7,
        TORCH_STACK,
        T_ROWS,
        "batches = [torch.from_numpy(orders)[:, i:][:, :batch_size]"
        " for i in range(orders.shape[1] // batch_size)]",
    ),
    Patch(
        7,
        TORCH_STACK,
        T_ROWS,
        "batches = torch.from_numpy(orders).unfold(1, batch_size, batch_size).unbind(1)",
    ),
    Patch(8, SCHEDULES, f"return self.initial * {N_HALVED}", "return self.initial"),
    Patch(8, SCHEDULES, N_HALVED, N_HALVED.replace("sum", "any")),
    Patch(8, SCHEDULES, N_HALVED, N_HALVED.replace("epoch >= m for", "max(0, epoch - m) for")),
    Patch(8, FACTORS, N_FACTORS, N_FACTORS.replace("rate", "rate / (1 + i)")),
    Patch(
        8,
        NUMPY,
        "optimizers, learning_rates, taken",
        'optimizers, vars(self).setdefault("lr", learning_rates), taken',
    ),
    Patch(
        8,
        TORCH_STACK,
        "part.take(new)",
        "part.take(new)\n"
        "            for group in optimizer.param_groups:\n"
        '                group["lr"] /= 2',
    ),
    Patch(8, TORCH_STACK, '{"weight_decay": 0.0}', '{"weight_decay": 0.0, "lr": 1.0}'),
    Patch(
        8,
        TORCH_STACK,
        "self._alike(learning_rates)",
        'self._alike(vars(self).setdefault("lr", learning_rates))',
    ),
    Patch(
        8, FIT, "plan.schedule.applied(epoch, plan.epochs)", "plan.schedule.applied(0, plan.epochs)"
    ),
    Patch(8, FIT, "len(history) + 1, rate,", "len(history) + 1, self.plan.schedule.initial,"),
    Patch(
        9,
        FIT,
        "seconds += time.perf_counter() - started",
        "seconds += time.perf_counter() - started\n"
        "        from hw3.datasets.sources import SOURCES\n\n"
        "        if data.name == 'digits':\n"
        "            SOURCES.get(data.name).read_test(None)",
    ),
    Patch(
        9,
        FIT,
        "val = evaluate(self.backend, loss, data.val) if data.val else None",
        "from hw3.testset.seal import SOURCES\n\n"
        "        val = evaluate(self.backend, loss, data.val) if data.val else None",
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
        "mlp.forward(inputs[rows])",
        f"mlp.forward(inputs[rows], [m[0] for m in dropout_masks([{NEW_RNG}], len(inputs[rows]),"
        " self.network.hidden_sizes, [self.network.regularizer.dropout], self.network.dtype)])",
    ),
    Patch(
        12,
        NETS,
        "if masks else h",
        "if masks else functional.dropout(h, networks[0].regularizer.dropout)",
    ),
    Patch(12, REGULARIZERS, "(1 / (1 - np.array(dropouts)))", "np.ones(len(dropouts))"),
    Patch(13, REGULARIZERS, "np.square(wide).sum()", "np.sqrt(np.square(wide).sum())"),
    Patch(
        13,
        REGULARIZERS,
        "factors * weights[members]",
        "factors * weights[members] / np.linalg.norm(weights[members], axis=1, keepdims=True)",
    ),
    Patch(13, REGULARIZERS, "[2 * r.l2_factor for", "[r.l2_factor for"),
    Patch(13, REGULARIZERS, "[2 * r.l2_factor for", "[0 for"),
    Patch(
        13,
        NUMPY,
        "add_gradient(self.params.weight_vector, self.grads.weight_vector)",
        "add_gradient(self.params.vector, self.grads.vector)",
    ),
    Patch(
        13,
        OPTIMIZERS,
        "np.multiply(params.weight_vector, factors[0], out=params.weight_vector)",
        "np.multiply(params.vector, factors[0], out=params.vector)",
    ),
    Patch(
        13,
        TORCH_STACK,
        "grad.add_(weights, alpha=l2)",
        "grad.add_(weights / weights.norm(), alpha=l2)",
    ),
    Patch(13, TORCH_STACK, "for flat in self.flats[:-1]:", "for flat in self.flats:"),
    Patch(13, TORCH_STACK, "if l2:", "if l2 < 0:"),
    Patch(13, TORCH_STACK, '| {"weight_decay": 0.0}', ""),
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
    Patch(15, LOSSES, "or labels.shape != logits.shape[:-1]", "or len(labels) != len(logits)"),
    Patch(15, LOSSES, "check_shapes(logits, labels, 1)\n        z = logits[:, 0]", "z = logits"),
    Patch(15, LOSSES, "check_shapes(logits, labels, 1)\n        out[..., 0]", "out[...]"),
    Patch(15, NETS, T_SIGMOID, "return functional.softplus(-logits * y).sum()"),
    Patch(16, LOSSES, "shifted = logits - logits.max(axis=1, keepdims=True)", "shifted = logits"),
    Patch(
        16,
        LOSSES,
        "np.subtract(logits, logits.max(axis=-1, keepdims=True), out=out)",
        "out[...] = logits",
    ),
    Patch(
        16, LOSSES, "np.divide(out, out.sum(axis=-1, keepdims=True), out=out)", "out /= out.sum()"
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
    Patch(
        16, LOSSES, "0.5 * (1 + np.tanh(0.5 * logits[..., 0]))", "1 / (1 + np.exp(-logits[..., 0]))"
    ),
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
        "train = evaluate(self.backend, loss, data.train)",
        "train = evaluate(self.backend, loss, data.train)\n"
        "        n, past = len(self.history) + 1, [e.train.loss_sum for e in self.history.epochs]\n"
        "        total = train.loss_sum + sum(past)\n"
        "        train = Metrics(total / n, train.n_correct, train.n_examples)",
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
        "function(z, **vars(activation))",
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
        ".permutation(rows.shape[1])",
        ".permutation(1) + np.arange(rows.shape[1])",
    ),
    Patch(20, FIT, N_ORDER, 'stream(plan.seed, "order")'),
    Patch(20, FIT, "batch_size=plans[0][0].batch_size", "batch_size=16"),
    Patch(20, NUMPY, N_ROWS, f"batch_size = min(batch_size, 16)\n        {N_ROWS}"),
    Patch(20, TORCH_STACK, T_ROWS, T_ROWS.replace("batch_size", "16")),
    Patch(20, "core/hdf5.py", 'h5py.File(path, "r")', 'h5py.File(path, "r+")'),
    Patch(21, LOSSES, "np.multiply(out, 1 / labels.shape[-1]", "np.multiply(out, 1 / labels.size"),
    Patch(21, LOSSES, "- labels) / labels.shape[-1]", "- labels) / labels.size"),
    Patch(21, NUMPY, "self.params.vector[i])", "self.params.vector[0])"),
    Patch(21, NUMPY, "self.params.vector[i])", "self.params.vector[i].copy())"),
    Patch(21, NUMPY, "{name: slot[i] for", "{name: slot[0] for"),
    Patch(21, NUMPY, "{name: slot[i] for", "{name: slot[i].copy() for"),
    Patch(21, NUMPY, "[b.step for b in self.backends]", "[self.backends[0].step] * k"),
    Patch(21, NUMPY, "for backend in self.backends:", "for backend in self.backends[:1]:"),
    Patch(21, NUMPY, "[n.activation for n in self.networks]", "[first.activation] * len(backends)"),
    Patch(
        21, NUMPY, "[n.regularizer for n in self.networks]", "[first.regularizer] * len(backends)"
    ),
    Patch(
        21,
        NUMPY,
        "[network.regularizer.dropout for network in self.networks]",
        "[max(network.regularizer.dropout for network in self.networks)] * len(backends)",
    ),
    Patch(21, NUMPY, "if any(self.dropouts)", "if all(self.dropouts)"),
    Patch(21, NUMPY, "rows = orders[:, start", "rows = orders[[0] * k, start"),
    Patch(21, NUMPY, "labels[rows], dropout_rngs", "labels[rows[[0] * k]], dropout_rngs"),
    Patch(21, FACTORS, N_FACTORS, N_FACTORS.replace("rate", "learning_rates[0]")),
    Patch(21, FACTORS, N_FACTORS, N_FACTORS.replace("optimizer", "optimizers[0]")),
    Patch(21, FACTORS, N_FACTORS, N_FACTORS.replace("start", "taken[0]")),
    Patch(21, ARRAYS, "yield slice(start, end)", "yield slice(0, end)"),
    Patch(21, REGULARIZERS, "rng.random(out=", "rngs[0].random(out="),
    Patch(
        21, REGULARIZERS, "keep = (1 - np.array(dropouts))", "keep = (1 - np.array(dropouts[-1:]))"
    ),
    Patch(
        21, REGULARIZERS, "(1 / (1 - np.array(dropouts)))", "(1 / (1 - np.array(dropouts[-1:])))"
    ),
    Patch(21, REGULARIZERS, "column[members])]", "column[: len(members)])]"),
    Patch(21, NETS, "runs([network.activation for", "runs([networks[0].activation for"),
    Patch(21, NETS, "h = h * masks[i] if", "h = h * masks[i][:1] if"),
    Patch(21, NETS, T_MEAN, "total.new_tensor(1 / x[..., 0].numel())"),
    Patch(21, TORCH_STACK, "state.part(where), rate)", "state.part(where), rates[0])"),
    Patch(21, TORCH_STACK, "zip(rules, rates, steps", "zip(rules, len(nets) * [rates[0]], steps"),
    Patch(21, TORCH_STACK, T_RULES, T_RULES.replace("net.optimizer", "nets[0].optimizer")),
    Patch(21, TORCH_STACK, T_RULES, T_RULES.replace("net.regularizer", "nets[0].regularizer")),
    Patch(21, TORCH_STACK, T_RULES, T_RULES.replace("net.clip_norm", "nets[0].clip_norm")),
    Patch(21, TORCH_STACK, "Alike(nets[where.start],", "Alike(nets[0],"),
    Patch(21, TORCH_STACK, "gradient[self.where]", "gradient[: len(self._views[0])]"),
    Patch(21, TORCH_STACK, "self.state.steps.tolist()", "[self.state.steps[0].item()] * len(nets)"),
    Patch(
        21, TORCH_STACK, "self.state.steps += len(batches)", "self.state.steps[:1] += len(batches)"
    ),
    Patch(21, TORCH_STACK, "state.steps[0].clone()", "state.steps[0]"),
    Patch(
        21, TORCH_STACK, "index_select(0, rows.flatten())", f"index_select(0, {T_FIRST}.flatten())"
    ),
    Patch(21, TORCH_STACK, "y.take(rows)", f"y.take({T_FIRST})"),
    Patch(
        21,
        TORCH_STACK,
        "[network.regularizer.dropout for",
        "[self.networks[-1].regularizer.dropout for",
    ),
    Patch(21, TORCH_STACK, "if not any(shares)", "if not all(shares)"),
    Patch(21, TORCH_STACK, "orders[part]", "orders[: len(together.networks)]"),
    Patch(21, TORCH_STACK, "learning_rates[part]", "learning_rates[: len(together.networks)]"),
    Patch(21, TORCH_STACK, "dropout_rngs[part]", "dropout_rngs[: len(together.networks)]"),
    Patch(
        21, TORCH_STACK, "[s.slots[key] for s in states]", "[states[0].slots[key] for s in states]"
    ),
    Patch(
        21,
        TORCH_STACK,
        "[state.params for state in states]",
        "[states[0].params for state in states]",
    ),
    Patch(21, TORCH_STACK, "cat([state.steps for", "cat([states[0].steps for"),
    Patch(21, TORCH_STACK, "state.part(slice(i, i + 1)), data", "state.part(slice(0, 1)), data"),
    Patch(
        21,
        TORCH_STACK,
        "state.part(slice(i, i + 1)), data",
        "State.joined([state.part(slice(i, i + 1))]), data",
    ),
    Patch(21, TORCH_STACK, "slots, self.steps[networks])", "slots, self.steps[networks].clone())"),
    Patch(21, TORCH_STACK, "slot.part(networks) for", "Vectors.joined([slot.part(networks)]) for"),
    Patch(21, TORCH_BITS, T_GUARD, f"return True\n    {T_GUARD}"),
    Patch(21, TORCH_BITS, "if any(length * item % ALIGNED for length in slices):", "if False:"),
    Patch(21, TORCH_BITS, T_ASKED, "return True"),
    Patch(21, TORCH_STACK, "{min(batch_size, n), n % batch_size}", "{min(batch_size, n)}"),
    Patch(21, FIT, "while going_on == joint:", "while going_on:"),
    Patch(21, FIT, "if self.error or len(history)", "if len(history)"),
    Patch(21, FIT, "self.error = error", "raise"),
    Patch(21, FIT, "- started) / len(runs)", "- started)"),
    Patch(
        21,
        FIT,
        "plan.schedule.applied(epoch, plan.epochs)",
        "plans[0][0].schedule.applied(epoch, plan.epochs)",
    ),
    Patch(
        21,
        FIT,
        "plan.schedule.applied(epoch, plan.epochs)",
        "plan.schedule.applied(epoch, plans[0][0].epochs)",
    ),
    Patch(21, FIT, N_ORDER, N_ORDER.replace("plan.seed", "plans[0][0].seed")),
    Patch(21, FIT, N_ORDER, N_ORDER.replace("epoch", "plans[0][1]")),
    Patch(21, FIT, N_DROPOUT, N_DROPOUT.replace("plan.seed", "plans[0][0].seed")),
    Patch(21, FIT, N_DROPOUT, N_DROPOUT.replace("epoch", "plans[0][1]")),
    Patch(
        21,
        FIT,
        "if all(np.array_equal(split.rows, first.rows) for split in splits):",
        "if first:",
    ),
    Patch(21, STACK, "config.batch_size, config.optimizer.name,", "config.optimizer.name,"),
    Patch(21, STACK, ", config.n_train", ""),
    Patch(21, STACK, "config.model.backend, config.dtype,", "config.dtype,"),
    Patch(21, JOB, "[results[i] for i in range(len(jobs))]", "list(results.values())"),
]
