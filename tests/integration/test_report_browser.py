"""The page in a real browser: Debian's chromium, from a desk's width to a phone's, light and dark.

With HW3_AXE=<axe.min.js>, of npm's axe-core, its accessibility is checked too.
"""

import html
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
from functools import partial

import pytest

from hw3.classroom import table as classroom
from hw3.classroom.row import Judged
from hw3.report.__main__ import main
from tests.assignment import make

CHROMIUM, AXE = shutil.which("chromium"), os.environ.get("HW3_AXE")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--enable-logging=stderr"),
]
WIDTHS = (1280, 768, 390)
SCHEMES = {
    "dark": "--blink-settings=preferredColorScheme=0",
    "light": "--blink-settings=preferredColorScheme=1",
}
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; apt-get install chromium, or CI=true scripts/test"
)

# Loads the page in a frame of a given width and writes what it finds into its own document. An
# element inside a box that scrolls may be wider; nothing else may reach beyond the frame.
PROBE = """<!DOCTYPE html><link rel="icon" href="data:,"><title>probe</title>
<iframe src="{page}" style="width:{width}px;height:900px;border:0"></iframe>
<pre id="out"></pre>
<script>
window.onload = () => {{
  const page = document.querySelector("iframe").contentDocument;
  const tooWide = [...page.body.querySelectorAll("*")].filter(e =>
    !e.closest(".scroll > *") && !e.closest(".skip") &&
    (e.getBoundingClientRect().right > {width} + 0.5 || e.getBoundingClientRect().left < -0.5));
  const boxes = [...page.querySelectorAll(".scroll")];
  const links = [...page.querySelectorAll("nav a")].map(a => a.getAttribute("href"));
  document.querySelector("#out").textContent = JSON.stringify({{
    width: page.documentElement.scrollWidth,
    tooWide: tooWide.map(e => e.tagName + ": " + e.textContent.slice(0, 40)),
    links: links.length,
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
    paper: getComputedStyle(page.body).backgroundColor,
    silent: boxes.filter(b => (b.scrollWidth > b.clientWidth) !=
      (parseFloat(getComputedStyle(b.firstElementChild, "::before").paddingBottom) > 0)).length,
    scrolling: boxes.filter(b => b.scrollWidth > b.clientWidth).length,
    isDimmed: page.images[0] && getComputedStyle(page.images[0]).filter != "none",
    unreachable: boxes.filter(b => b.scrollWidth > b.clientWidth && b.tabIndex != 0).length,
    dead: links.filter(href => !page.getElementById(href.slice(1))),
    pictures: [...page.images].length,
    broken: [...page.images].filter(i => !i.naturalWidth).length,
  }});
}};
</script>"""


# Opens what is folded, and writes what axe finds into the document itself. The shadows
# of tables go: axe does not judge the contrast of text over a gradient.
CHECK = """<style>.scroll { background: none !important; }</style>
<script src="axe.min.js"></script><script>
document.querySelectorAll("details").forEach(d => d.open = true);
axe.run().then(found => {
  const out = document.body.appendChild(document.createElement("pre"));
  out.id = "out";
  out.textContent = JSON.stringify(found.violations.map(v => [v.impact, v.id, v.nodes[0].html]));
});
</script>"""

BROKEN = """<!DOCTYPE html><title>broken</title><body><nav><a href="#nowhere">n</a></nav>
<p style="width:500px">wide</p><img src="missing.png" alt=""><script>console.error("x")</script>"""


class Recorder(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and keeps what was asked for."""

    def __init__(self, seen, *args, **kwargs):
        self.seen = seen
        super().__init__(*args, **kwargs)

    def log_request(self, code="-", size="-"):
        self.seen.append((self.path, int(code)))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a folder with a whole report, and the requests that it got."""
    root, seen = make(tmp_path_factory.mktemp("site") / "outputs"), []
    assert main([str(root)]) == 0
    for width in WIDTHS:
        (root / f"probe{width}.html").write_text(PROBE.format(width=width, page="report.html"))
    if AXE:
        shutil.copy(AXE, root / "axe.min.js")
        (root / "checked.html").write_text((root / "report.html").read_text() + CHECK)
    rows = [Judged("x" * 200, alike=("same: " + "y" * 99,), unjudged=("gone",)), Judged("anna")]
    (root / "class.html").write_text(classroom.page(rows, "z" * 99))
    (root / "probe-class.html").write_text(PROBE.format(width=390, page="class.html"))
    (root / "broken.html").write_text(BROKEN)
    (root / "probe-broken.html").write_text(PROBE.format(width=390, page="broken.html"))
    handler = partial(Recorder, seen, directory=root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def browse(profile, *arguments):
    """Run the browser in an empty profile."""
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def probed(profile, address, *flags):
    """Return what a probe found, and the lines of the console."""
    done = browse(profile, *flags, "--window-size=1400,1000", "--dump-dom", address)
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout)[1]
    return json.loads(html.unescape(found)), re.findall(r"CONSOLE.*", done.stderr)


def test_the_probe_sees_what_is_wrong(site, tmp_path):
    found, errors = probed(tmp_path / "p", f"{site[0]}/probe-broken.html")
    assert found["tooWide"] == ["P: wide"]
    assert found["dead"] == ["#nowhere"]
    assert found["broken"] == 1
    assert len(errors) == 1


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (768, "light"), (390, "dark")])
def test_nothing_is_wider_than_the_viewport(width, scheme, site, tmp_path):
    address, seen = site
    seen.clear()
    found, errors = probed(tmp_path / "p", f"{address}/probe{width}.html", SCHEMES[scheme])
    assert found["isDark"] == (scheme == "dark")
    assert found["paper"] == ("rgb(20, 24, 29)" if found["isDark"] else "rgb(255, 255, 255)")
    assert found["unreachable"] == 0
    assert found["silent"] == 0  # what scrolls sideways says so, and nothing else does
    assert (found["scrolling"] > 8) == (width == 390)
    assert found["isDimmed"] == found["isDark"]  # pictures are drawn on white
    assert found["tooWide"] == []
    assert found["width"] <= width
    assert found["links"] == 9
    assert found["dead"] == []
    assert found["pictures"] >= 8
    assert found["broken"] == 0
    assert errors == []
    assert seen == [(f"/probe{width}.html", 200), ("/report.html", 200)]  # and no other request


def test_the_page_of_a_class_fits_a_phone(site, tmp_path):
    found, errors = probed(tmp_path / "p", f"{site[0]}/probe-class.html")
    assert found["tooWide"] == []
    assert found["width"] <= 390
    assert errors == []


@pytest.mark.skipif(AXE is None, reason="set HW3_AXE to the axe.min.js of npm's axe-core")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_is_accessible(scheme, site, tmp_path):
    flags = (SCHEMES[scheme], "--virtual-time-budget=60000")
    assert probed(tmp_path / "p", f"{site[0]}/checked.html", *flags) == ([], [])


def test_it_prints_on_a4(site, tmp_path):
    browse(tmp_path / "p", f"--print-to-pdf={tmp_path / 'r.pdf'}", f"{site[0]}/report.html")
    content = (tmp_path / "r.pdf").read_bytes()
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert boxes
    assert {(round(float(w)), round(float(h))) for w, h in boxes} <= {(595, 842), (596, 842)}
