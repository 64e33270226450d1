"""Print one update of a small network: every array with its formula, its shape and its numbers.

usage: python -m hw3.trace [x=...] [y=...] [W1=...] [b1=...] [...] [key=value ...]

Without arguments it is a 2-3-2 network whose numbers a pocket calculator can follow. Computed is
what training computes, in float64: forward pass, loss, backward pass, one step, the loss after it.

  x         inputs: a row such as [1,0.5], or several: [[1,0.5],[-0.5,1]]
  y         the class of each row, from 0: [0,1]
  W1, b1    weights (fan_out, fan_in) and biases of the first layer; W2, b2, ... of the next
  sizes     layer sizes, such as 2,3,2; one output is a sigmoid, more are a softmax
  weights   all weights from a file: .h5, .npz with W1, b1, ..., or the folder of a run
  plugins   your modules: plugins=[my_module] act=mine
  ...       keys of the config: act=tanh, lr=0.5, regularizer=l2 regularizer.l2=0.01, optimizer=adam

example: python -m hw3.trace 'x=[2,-1]' 'y=[1]' act=tanh lr=0.5
"""

import sys
from collections.abc import Sequence

from hw3.core.errors import ConfigError
from hw3.core.terminal import doing, own_arguments, run_command
from hw3.core.words import counted, shape


def main(argv: Sequence[str] | None = None) -> int:
    """Print the arrays of an update; return the exit status."""
    return run_command(trace, argv)


def trace(arguments: Sequence[str]) -> int:
    """Trace the update that the arguments name."""
    with doing("computing the update"):
        from hw3.config.compose import compose_config, refuse_unknown_keys
        from hw3.config.presets import preset
        from hw3.config.schema import parse
        from hw3.records.network import shown_layers
        from hw3.records.weights import refuse_other_act, weight_file
        from hw3.training.memory import network_of
        from hw3.training.trace import ARRAY, shown, update_of

        named = [key for a in arguments if ARRAY.fullmatch(key := a.partition("=")[0])]
        keys = dict.fromkeys(["x", "y", "W1", "b1", *named, "sizes", "weights"], "")
        given, overrides = own_arguments(arguments, keys)
        refuse_unknown_keys(overrides, keys)
        tree, layers = compose_config(overrides), dict[str, object]()
        if file := given.pop("weights"):
            arrays, act = shown_layers(path := weight_file(file))
            layers |= arrays
            if act and any(a.startswith("act=") for a in overrides):
                refuse_other_act(path, tree["act"]["name"], act["name"])
            if act:
                tree["act"] = {**preset("act", act["name"]), **act}
        config = parse(tree)
        if config.regularizer.dropout or config.clip_norm:
            raise ConfigError("trace shows no masks and no clipping: leave out dropout, clip_norm")
        asked = {argument.partition("=")[0] for argument in arguments}
        update = update_of(layers | {key: given[key] for key in given if key in asked})
        net, rate = network_of(config), config.lr.initial
        text = shown(update, net, rate)
    head = "sigmoid" if update.sizes[-1] == 1 else "softmax"
    words = f"{shape(update.sizes)}, {net.activation.name}, {head} cross-entropy"
    print(f"{words}, {counted(len(update.inputs), 'row')}, lr = {rate:g}")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
