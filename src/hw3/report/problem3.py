"""Problem 3: the weights of a plain and a regularised network."""

from dataclasses import replace
from statistics import fmean

from hw3.analysis.intervals import accuracy_text, mean_sd, spread_text
from hw3.core.words import points, shape
from hw3.records.layout import DESCRIPTION, HISTOGRAMS
from hw3.records.run import Sweep
from hw3.report.clause import Finding, clause
from hw3.report.facts import check_file
from hw3.report.parts import Part, Records
from hw3.report.problem2 import check_net
from hw3.sweeps.folders import started_sweep
from hw3.tasks.weights import Net, nets_of, recorded_nets, words

NETS = Part("fashion_weights", "3", 40, "all of it", started_sweep, is_summarised=True)


def answer(records: Records) -> list[str]:
    """Problem 3, Fashion-MNIST, validation."""
    sweep = records.found(NETS).record
    if sweep is None or records.lacking(NETS):
        return []
    nets = recorded_nets(sweep)
    named = [replace(net, name=f"{net.name} ({net.short_text})") for net in nets]
    return [
        f"{words(named)[0].partition('. ')[0]}.",
        f"On validation {', and '.join(map(net_text, nets))}.",
    ]


def net_text(net: Net) -> str:
    """Return the validation accuracy of a network, with its gap to training."""
    runs = net.configuration.runs
    found = [run.val for run in runs]
    gap = fmean(run.outcome.train.accuracy - run.val.accuracy for run in runs)
    accuracy = accuracy_text(found[0].n_correct, found[0].n_examples)
    if len(found) > 1:
        spread = spread_text(mean_sd(m.accuracy for m in found))
        accuracy = f"{spread} (mean ± standard deviation of {len(found)} seeds)"
    beside = points(gap, "below training", "above training", "as on training")
    return f"{net.name} reaches {accuracy}, {beside}"


@clause("3", NETS)
def trained(sweep: Sweep, finding: Finding) -> None:
    """128 ReLU without a regulariser, 48 ReLU with L2 1e-4 and dropout 0.2."""
    found = sorted(nets_of(sweep), key=lambda net: -net.runs[0].layer_sizes[1])
    finding.expect(len(found) == 2, f"{len(found)} networks of 2")
    for net, wanted in zip(found, ((128, 0.0, 0.0), (48, 1e-4, 0.2)), strict=False):
        for run in net.runs:
            check_net(run, *wanted, finding)
            finding.say(f"{shape(run.layer_sizes)} from seed {run.config.seed}")


@clause("3 weights", NETS)
def measured(sweep: Sweep, finding: Finding) -> None:
    """Histograms of the weights of each layer, and what differs."""
    for name in (HISTOGRAMS, DESCRIPTION):
        check_file(sweep.folder / name, finding)
    for net in recorded_nets(sweep):
        for layer in net.layers:
            finding.say(f"{net.name} {layer.name} sd {layer.stats.sd:.4f}")
