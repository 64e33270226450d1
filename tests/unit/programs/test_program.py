"""Somebody else's program in its own process: what comes back, and what it cannot do to us."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from hw3.core.errors import ConfigError
from hw3.programs.program import (
    Died,
    Limits,
    NoProgramError,
    OutOfTime,
    Program,
    ProgramError,
)
from hw3.programs.wire import UntoldError

QUICK = Limits(call_seconds=1.0)
PATIENT = Limits(call_seconds=30, memory=2 << 30)  # of a busy machine
X = np.arange(6.0).reshape(3, 2)


@pytest.fixture
def started(tmp_path):
    """Write a program and start it."""

    def start(code, limits=PATIENT):
        path = tmp_path / "their.py"
        path.write_text(textwrap.dedent(code))
        return Program.started(path, limits)

    return start


def answered(started, body, limits=PATIENT, **arguments):
    """Return the answer of a softmax with this body."""
    with started("def softmax(z):\n" + textwrap.indent(textwrap.dedent(body), "    "), limits) as p:
        return p.call("softmax", **({"z": X} | arguments))


def failed(started, body, kind=ProgramError, limits=PATIENT):
    """Return the error of a softmax with this body; the program answers again after it."""
    limits = QUICK if kind is OutOfTime else limits
    code = "def outputs(weights, x): return x\ndef softmax(z):\n"
    with started(code + textwrap.indent(textwrap.dedent(body), "    "), limits) as program:
        with pytest.raises(kind) as found:
            program.call("softmax", z=X)
        assert np.array_equal(program.call("outputs", weights=[], x=X).value, X)
    assert "\n" not in str(found.value)
    assert str(found.value).isprintable()
    return found.value


def test_it_tells_its_functions_and_constants(started):
    code = """
        from math import exp
        sizes, activation, other = [4, 3, 2], "tanh", 7
        def loss(weights, x, y, *, l2=0.0): return exp(0)
        def helper(): return 1
        class Net: pass
    """
    with started(code) as program:
        assert program.functions == {"loss": ("weights", "x", "y", "l2")}
        assert program.constants == {"sizes": [4, 3, 2], "activation": "tanh"}


def test_what_a_library_brings_is_not_theirs(started):
    code = "from numpy import *\nfrom pickle import load\nloss, train = zeros(3), []\n"
    code += "def softmax(z): return exp(z)"
    with started(code) as program:
        assert list(program.functions) == ["softmax"]


def test_a_function_gets_the_arguments_that_it_names(started):
    code = """
        def loss(y, weights, scale=10.0): return weights[0].sum() * scale + y[0]
        def outputs(**given): return sorted(given)
        def step(weights, momentum): return weights
    """
    known = {"weights": [X], "x": X, "y": np.array([1]), "l2": 0.1}
    with started(code) as program:
        assert program.call("loss", **known).value == 151.0
        assert program.call("outputs", **known).value == ["l2", "weights", "x", "y"]
        with pytest.raises(ProgramError, match="its parameter momentum is none of"):
            program.call("step", **known)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("np.float32(0.5)", 0.5),
        ("np.int64(3)", 3),
        ("float('nan')", np.nan),
        ("-np.inf", -np.inf),
        ("(v for v in (1, 2.5))", [1, 2.5]),
        ("map(abs, [-1])", [1]),
        ("{'W1': (1, None), 2: 'a'}", {"W1": (1, None), 2: "a"}),
        ("{'a': 1}.values()", [1]),
        ("np.bool_(True)", True),
    ],
)
def test_values_come_back_as_they_are(code, expected, started):
    value = answered(started, f"import numpy as np\nreturn {code}").value
    assert type(value) is type(expected)
    np.testing.assert_equal(value, expected)


@pytest.mark.parametrize(
    "array",
    [X, X.T, X[::2, ::-1], X.astype("f4"), X.astype(">f8"), X > 2, np.zeros((0, 3)), np.array(1.5)],
)
def test_arrays_travel_there_and_back(array, started):
    value = answered(started, "return [z, z]", z=array).value[1]
    assert value.dtype == array.dtype
    assert value.shape == array.shape
    assert np.array_equal(value, array)
    assert value.flags.writeable


def test_an_array_of_arrays_stays_one(started):
    body = "import numpy as np\nw = np.empty(2, object)\nw[:] = [z, z[0]]\nreturn w"
    value = answered(started, body).value
    assert value.dtype == object
    assert np.array_equal(value[0], X)
    assert np.array_equal(value[1], X[0])


def test_tensors_become_arrays(started):
    body = "import torch\nreturn torch.tensor(z, requires_grad=True)"
    limits = Limits(call_seconds=60, memory=16 << 30)
    assert np.array_equal(answered(started, body, limits).value, X)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("object()", "softmax returned an object of class object; return numbers, arrays"),
        ("{1, 2}", "softmax returned an object of class set"),
        ("b'bytes'", "of class bytes"),
        ("{(1, 2): 3}", "a dictionary with a key that is a tuple"),
        ("np.array(['2020'], 'M8')", "an array of datetime64"),
        ("np.zeros(40 << 20)", "more than 256 MB"),
        ("10 ** 5000", "ValueError: Exceeds the limit"),
        ("cyclic", "more than 20 deep"),
        ("(n for n in iter(int, 1))", "1,048,576 values or more in one list"),
        ("(1 / 0 for n in [1])", "line 4.*ZeroDivisionError"),
    ],
)
def test_what_is_no_tree_of_arrays_is_said(code, reason, started):
    error = failed(
        started, f"import numpy as np; cyclic = []; cyclic.append(cyclic)\nreturn {code}"
    )
    assert re.search(reason, str(error)), error


def test_arguments_are_fresh_and_what_is_changed_is_named(started):
    code = """
        kept = []
        def loss(weights, x, y):
            kept.append(x)
            x[0] = 7
            weights[1].append(1)
            return kept[0].sum()
    """
    known = {"weights": [X, [2]], "x": X, "y": np.array([np.nan])}
    with started(code) as program:
        first, second = (program.call("loss", **known) for _ in range(2))
    assert first.changed == second.changed == ("weights", "x")
    assert first.value == second.value == 7 + 7 + 2 + 3 + 4 + 5
    assert X[0, 0] == 0


def test_many_calls_are_one_message_and_stop_at_the_first_failure(started):
    code = """
        n = 0
        def softmax(z):
            global n
            n += 1
            return 1 / z
        def outputs(x): return n
    """
    with started(code) as program:
        answers = program.many("softmax", [{"z": v} for v in (1.0, 2.0, 4.0)])
        assert [answer.value for answer in answers] == [1.0, 0.5, 0.25]
        with pytest.raises(ProgramError, match="ZeroDivisionError"):
            program.many("softmax", [{"z": v} for v in (1.0, 0, 2.0)])
        assert program.call("outputs", x=1).value == 5  # the third was not called
        assert program.many("softmax", []) == []


def test_an_error_names_their_line(started):
    error = failed(started, "inner = z.T\nreturn inner @ inner")
    assert str(error).startswith("softmax: their.py, line 4, in softmax: return inner @ inner: ")
    assert "ValueError: matmul" in str(error)
    assert error.details == ("their.py, line 4, in softmax: return inner @ inner",)


def test_the_last_that_was_printed_is_among_the_details(started):
    assert (
        failed(started, "print('\\x1b[31mred')\nraise KeyError('b')").details[-1] == "\\x1b[31mred"
    )


@pytest.mark.parametrize(
    "cls",
    [
        "class E(Exception):\n    def __str__(self): raise ValueError",
        "class E(Exception):\n    def __str__(self): import os; raise SystemExit",
        "class E(BaseException):\n    def __str__(self): return '\\x1b[2J\\r\\n' * 9999",
        "class E(KeyboardInterrupt): pass",
        "class E(GeneratorExit): pass",
    ],
)
def test_exceptions_of_theirs_are_text(cls, started):
    error = failed(started, f"{cls}\nraise E")
    assert len(str(error)) < 1000


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("while True: pass", OutOfTime, "softmax had not returned after 1 seconds"),
        ("import time; time.sleep(99)", OutOfTime, "had not returned"),
        ("import os; os._exit(3)", Died, "ended itself with exit status 3"),
        ("import ctypes; ctypes.string_at(0)", Died, "crashed in native code .SIGSEGV"),
        ("import os; os.abort()", Died, "SIGABRT"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Died, "was killed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", OutOfTime, "had not returned"),
        ("import sys; sys.exit('end')", Died, "SystemExit: end, which ends a program"),
        ("import os; os.closerange(3, 99)", Died, "softmax"),
        ("import numpy; return numpy.ones(100 << 30)", ProgramError, "Unable to allocate 800. GiB"),
        ("return [0] * (100 << 30)", ProgramError, "MemoryError"),
        ("input()", ProgramError, "EOFError"),
        ("import os; os.fork()", ProgramError, "starts no other process"),
        ("import subprocess; subprocess.run(['true'])", ProgramError, "starts no other process"),
        ("import os; os.system('true')", ProgramError, "starts no other process"),
        ("def f(): return f()\nreturn f()", ProgramError, "RecursionError"),
    ],
)
def test_what_a_call_does_to_its_process(body, kind, reason, started):
    error = failed(started, body, kind)
    assert re.search(reason, str(error)), error


def test_a_crash_of_native_code_says_where(started):
    details = failed(started, "import ctypes; ctypes.string_at(0)", Died).details
    assert any("their.py" in line and "line 3 in softmax" in line for line in details)


def test_it_is_started_anew_until_it_has_died_three_times(started):
    code = "import os\ndef softmax(z): os._exit(z)\ndef outputs(x): return 1"
    with started(code) as program:
        for status in (4, 5, 6):
            assert program.call("outputs", x=0).value == 1
            with pytest.raises(Died, match=f"exit status {status}"):
                program.call("softmax", z=status)
        with pytest.raises(Died, match="exit status 6"):
            program.call("outputs", x=0)


def test_the_whole_check_has_a_limit_too(started):
    limits = Limits(seconds=3, call_seconds=9)
    with started("def softmax(z):\n    while True: pass", limits) as program:
        with pytest.raises(
            OutOfTime, match="softmax: the 3 seconds of the whole check are used up"
        ):
            program.call("softmax", z=X)
        with pytest.raises(OutOfTime, match=r"the next call: the 3 seconds"):
            program.call("softmax", z=X)


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("while True: pass", OutOfTime, 'their.py was not imported .* __name__ == "__main__":'),
        ("import sys; sys.exit(0)", Died, "import: their.py, line 1, in <module>: .*SystemExit: 0"),
        ("import os; os._exit(0)", Died, "ended itself with exit status 0"),
        ("1 / 0", ProgramError, "line 1, in <module>: 1 / 0: ZeroDivisionError"),
        ("def f(:", NoProgramError, "line 1, in <module>: def f.:: SyntaxError"),
        ("import nothing_like_it", ProgramError, "ModuleNotFoundError"),
        ("x = '\0'", NoProgramError, "null bytes"),
    ],
)
def test_a_file_that_cannot_be_imported(code, kind, reason, started):
    with pytest.raises(kind) as found:
        with started(code, Limits(import_seconds=1.0 if kind is OutOfTime else 30)):
            pass
    assert re.search(reason, str(found.value)), found.value


def test_main_is_not_run_and_siblings_are_found(started, tmp_path):
    (tmp_path / "layers.py").write_text("def twice(z): return 2 * z")
    code = "from layers import twice\nfrom . import layers\nfrom .layers import twice as softmax\n"
    with started(f"{code}if __name__ == '__main__': 1 / 0") as program:
        assert program.call("softmax", z=2).value == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["layers.py", "their.py"]  # no cache


@pytest.mark.parametrize("name", ["numpy.py", "json.py", "my-net 1.py", "wire.py", "hw3.py"])
def test_a_file_may_have_any_name(name, tmp_path):
    (tmp_path / name).write_text("import numpy, json\ndef softmax(z): return numpy.abs(z)")
    with Program.started(tmp_path / name) as program:
        assert program.call("softmax", z=-1).value == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("net.ipynb", "nbconvert --to script"),
        ("net.txt", "no Python file"),
        ("net.py", "no Python"),
    ],
)
def test_what_is_no_python_file_is_refused(name, reason, tmp_path):
    if name != "net.py":
        (tmp_path / name).write_text("{}")
    with pytest.raises(ConfigError, match=reason), Program.started(tmp_path / name):
        pass


def test_patches_of_theirs_change_their_results_alone(started):
    code = """
        import json, os, sys, time, struct, numpy, builtins, inspect
        json.dumps = json.loads = os.read = os.write = time.perf_counter = None
        numpy.asarray = numpy.frombuffer = numpy.empty = numpy.ndarray.copy = None
    """
    code = code.replace(" = numpy.ndarray.copy", "")
    code += (
        "    inspect.signature = sys.stdout = sys.stderr = None\n        def softmax(z): return z"
    )
    with started(code) as program:
        assert np.array_equal(program.call("softmax", z=X).value, X)


def test_of_what_is_printed_the_end_is_kept(started):
    body = """
        import sys
        for _ in range(1000): sys.stdout.write("x" * (1 << 20))
        print("the end", file=sys.stderr)
        return 1
    """
    answer = answered(started, body, Limits(call_seconds=60))
    assert answer.printed.endswith("x\nthe end".replace("\n", ""))
    assert len(answer.printed) <= 4000


@pytest.mark.parametrize(
    "body",
    [
        "open(there, 'w')",
        "open(there, 'a')",
        "open(there, 'r+')",
        "os.remove(there)",
        "os.rename(there, 'here')",
        "os.rename('here', there)",
        "os.mkdir(there + 'x')",
        "os.symlink(there, 'link')",
        "os.truncate(there, 0)",
        "shutil.rmtree(os.path.dirname(there))",
        "pathlib.Path(there).write_text('x')",
        "numpy.save(there, z)",
        "h5py.File(there, 'w')",
        "h5py.File(there, 'a')",
    ],
)
def test_nothing_is_written_outside_its_folder(body, started, tmp_path):
    kept = tmp_path / "kept.npy"
    kept.write_text("kept")
    code = (
        f"import os, shutil, pathlib, numpy, h5py\nthere = {str(kept)!r}\nopen('here', 'w').close()"
    )
    error = failed(started, f"{code}\n{body}")
    assert (
        "PermissionError: a program that is checked changes no file outside its own folder"
        in str(error)
    )
    assert kept.read_text() == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {"kept.npy", "their.py"}


def test_within_its_folder_it_may_write(started):
    body = """
        import os, tempfile, shutil
        with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "x"), "w") as file:
            file.write("x")
        os.mkdir("a"); shutil.rmtree("a")
        open(os.devnull, "w").close()
        return [os.getcwd(), os.path.expanduser("~"), tempfile.gettempdir()]
    """
    (place, *others) = answered(started, body).value
    assert others == [place, place]
    assert not Path(place).exists()


def test_the_largest_file_is_limited(started):
    limits = Limits(file_size=1 << 20)
    failed(started, "open('big', 'wb').write(bytes(2 << 20))", limits=limits)


def test_it_tells_which_files_it_opened_and_how(started, tmp_path):
    data, course = tmp_path / "data.csv", tmp_path / "course.h5"
    data.write_text("1")
    with h5py.File(course, "w") as file:
        file["x"] = [1.0]
    body = f"""
        import h5py, numpy, colorsys
        open({str(data)!r}).close()
        h5py.File({str(course)!r}, "r").close()
        h5py.File("own.h5", mode="w").close()
        h5py.File("own.h5", "a").close()
        numpy.save("w.npy", z); numpy.load("w.npy")
        return 1
    """
    opened = [(Path(o.path).name, o.mode) for o in answered(started, body).opened]
    assert opened == [
        *(("data.csv", "r"), ("course.h5", "r"), ("own.h5", "w"), ("own.h5", "r+")),
        *(("w.npy", "w"), ("w.npy", "r")),
    ]


def test_what_is_opened_at_import_is_told_apart(started, tmp_path):
    code = f"import h5py\nh5py.File({str(tmp_path / 'a.h5')!r}, 'r')\ndef softmax(z): return z"
    h5py.File(tmp_path / "a.h5", "w").close()
    with started(code) as program:
        assert [(Path(o.path).name, o.mode) for o in program.imported.opened] == [("a.h5", "r")]
        assert program.call("softmax", z=1).opened == ()


NETWORK = """
import socket
try:
    socket.create_connection(("127.0.0.1", port), 2)
except PermissionError:
    pass
else:
    raise AssertionError("connected")
import _socket, ctypes
plain = ctypes.CDLL(None)
number = plain.socket(2, 1, 0)
address = (2).to_bytes(2, "little") + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
return plain.connect(number, address, 16)
"""


def test_it_has_no_network(started):
    code = "def softmax(z):\n    port = z\n" + textwrap.indent(NETWORK, "    ")
    with socket.create_server(("127.0.0.1", 0)) as server, started(code) as program:
        connected = program.call("softmax", z=server.getsockname()[1]).value
        assert (connected == -1) == program.is_offline
        assert bool(program.remarks) == (not program.is_offline)


def test_a_round_trip_goes_through_a_new_process(started):
    code = """
        import numpy as np, os
        cached = None
        def save(w, file_name):
            global cached
            cached = w
            np.savez(file_name, *w)
        def load(file_name):
            assert cached is None
            with np.load(file_name) as file: return [file[name] for name in file]
        def outputs(params, data): return data @ params[0] + os.getpid()
    """
    with started(code) as program:
        w = [np.ones((2, 1))]
        here = program.call("outputs", params=w, data=X).value
        there = program.round_trip(w, "relu", X)
        assert np.ptp(there.value - here) == 0
        assert there.value[0] != here[0]
        assert [(Path(o.path).name, o.mode) for o in there.opened] == [("weights.npz", "r")]


@pytest.mark.parametrize("save", ["np.savez(path + '.w', *weights)", "np.save(path, weights[0])"])
def test_what_save_appends_to_the_name_is_found(save, started):
    code = f"""
        import numpy as np
        def save(weights, path): {save}
        def load(path): return np.load(path)
        def outputs(weights, x): return 5
    """
    with started(code) as program:
        assert program.round_trip([X], "relu", X).value == 5


def test_the_activation_is_told_only_where_it_must_be(started):
    code = """
        def save(weights, activation, path): open(path, "w").write(activation)
        def load(path): return open(path).read()
        def outputs(weights, x, activation{}): return [weights, activation]
    """
    for default, expected in (("", "tanh"), ("='relu'", "relu")):
        with started(code.format(default)) as program:
            assert program.round_trip([X], "tanh", X).value == ["tanh", expected]


def test_an_error_of_a_load_is_one_of_theirs(started):
    code = "def save(weights, path): open(path, 'w')\ndef load(path): 1 / 0\ndef outputs(x): pass"
    with started(code) as program, pytest.raises(ProgramError, match=r"load: their\.py, line 2"):
        program.round_trip([X], "relu", X)


SCRIPT = """
import sys
from pathlib import Path
from hw3.programs.program import Limits, Program
with Program.started(Path(sys.argv[1]), Limits(call_seconds=60)) as program:
    print(program.call("outputs", x=0).value, program.folder, flush=True)
    program.call("softmax", z=0)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_us(how, tmp_path):
    """After Ctrl-C the folder is gone too; a kill leaves that, and no process."""
    path = tmp_path / "their.py"
    path.write_text(
        "import os, threading, time\n"
        "def outputs(x):\n"
        "    threading.Thread(target=time.sleep, args=(99,)).start()\n"
        "    return os.getpid()\n"
        "def softmax(z):\n"
        "    while True: pass\n"
    )
    command = [sys.executable, "-c", SCRIPT, str(path)]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as ours:
        pid, folder = ours.stdout.readline().split()
        ours.send_signal(how)
        ours.communicate(timeout=20)
    end = time.monotonic() + 10
    while is_alive(int(pid)) and time.monotonic() < end:
        pass
    assert not is_alive(int(pid))
    assert Path(folder).exists() == (how == signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_its_environment_tells_nothing_of_ours(started, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "secret")
    value = answered(started, "import os\nreturn dict(os.environ)").value
    assert "MY_TOKEN" not in value
    assert value["OMP_NUM_THREADS"] == "1"
    assert value["MPLBACKEND"] == "Agg"


FORGED = """
import os, struct
def softmax(z):
    text = {text}
    data = struct.pack("<QQ", len(text), {n}) + text
    for pipe in range(3, 20):
        try: os.write(pipe, data)
        except OSError: pass
    os._exit(0)
"""


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("b'{}'", 0),
        ("b'[]'", 0),
        ("b'nonsense'", 0),
        ("b''", 1 << 60),
        ("b'[' * 100000", 0),
        ('b\'{"d": [["value", {"a": ["O", [1], 8]}]]}\'', 0),
        ('b\'{"d": [["value", {"a": ["<f8", [-1], 8]}]]}\'', 0),
        ('b\'{"d": [["value", {"a": ["<f8", [1000000000000], 8]}]]}\'', 0),
        ('b\'{"d": [["value", {"o": [[7], [1]]}]]}\'', 0),
        ('b\'{"d": [["value", 1], ["opened", 5]]}\'', 0),
        ('b\'{"d": [["error", 1]]}\'', 0),
    ],
)
def test_a_forged_message_is_an_error_of_theirs(text, n, started):
    with started(FORGED.format(text=text, n=n)) as program, pytest.raises(Died):
        program.call("softmax", z=X)


def test_what_it_started_past_us_is_killed_with_it(started):
    """By ctypes, which no audit event stops; with it goes its whole group."""
    code = """
        import ctypes, os, time
        def outputs(x):
            child = ctypes.CDLL(None).fork()
            if not child: time.sleep(99)
            return child
        def softmax(z):
            while True: pass
    """
    with started(code, QUICK) as program:
        child = program.call("outputs", x=0).value
        assert is_alive(child)
        with pytest.raises(OutOfTime):
            program.call("softmax", z=0)
        end = time.monotonic() + 10
        while is_alive(child) and time.monotonic() < end:
            pass
        assert not is_alive(child)


def test_what_is_too_large_to_send_is_no_fault_of_theirs(started):
    with started("def softmax(z): return 1") as program:
        with pytest.raises(UntoldError, match="more than 256 MB"):
            program.call("softmax", z=np.zeros(40 << 20))
        assert program.call("softmax", z=X).value == 1


def test_the_adapter_of_the_page_gives_the_derivatives_of_its_loss(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "check.md").read_text()
    for name in ("my_net.py", "adapter.py"):
        code = page.partition(f"<!-- {name} -->\n```python\n")[2].partition("```")[0]
        (tmp_path / name).write_text(code)
    rng, step = np.random.default_rng(0), 1e-6
    data = {"x": rng.normal(size=(7, 4)), "y": rng.integers(0, 3, 7)}
    with Program.started(tmp_path / "adapter.py") as program:
        weights = program.call("init", sizes=(4, 5, 3)).value
        found = program.call("gradients", weights=weights, **data).value
        assert (
            [w.shape for w in weights] == [g.shape for g in found] == [(4, 5), (5,), (5, 3), (3,)]
        )
        for i, array in enumerate(weights):
            for at in np.ndindex(array.shape):
                moved = []
                for sign in (1, -1):
                    arrays = [w.copy() for w in weights]
                    arrays[i][at] += sign * step
                    moved.append({"weights": arrays, **data})
                high, low = (answer.value for answer in program.many("loss", moved))
                assert abs((high - low) / (2 * step) - found[i][at]) < 1e-8


def test_an_import_that_fails_the_second_time_is_told_again(started):
    code = """
        import os
        os.mkdir("once")
        def softmax(z): os._exit(1)
    """
    with started(code) as program:
        with pytest.raises(Died):
            program.call("softmax", z=1)
        for _ in range(2):
            with pytest.raises(ProgramError, match=r"import: .*FileExistsError"):
                program.call("softmax", z=1)


def test_what_cannot_be_limited_is_a_remark(tmp_path):
    program = Program(tmp_path / "their.py", tmp_path, QUICK)
    hello = {"functions": {}, "constants": {}, "is_offline": False, "unlimited": ["RLIMIT_AS"]}
    program._learn(hello)
    assert program.remarks == (
        "the network could not be cut off; Python's own ways to it are refused",
        "the limit RLIMIT_AS cannot be set on this system",
    )
