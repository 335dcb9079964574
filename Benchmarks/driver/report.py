"""How results are shown: lines of a table, and an HTML page with a bar per row."""

import html
import math


def duration(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def header():
    return f"{'row':32} {'SwiftTorch':>11} {'PyTorch':>11} {'ratio':>8}  noise"


def line(result, noisy):
    if "ratio" not in result:
        return f"{result['row']:32} not measured: {result['problem']}"
    text = (
        f"{result['row']:32} {duration(result['ours_ns']):>11} {duration(result['theirs_ns']):>11} "
        f"{result['ratio']:7.2f}x  {result['noise']:.1%}"
    )
    if result["noise"] > noisy:
        text += "  NOISY"
    if result["problem"]:
        text += f"  RESULTS DIFFER: {result['problem']}"
    return text


STYLE = """
body { font: 14px sans-serif; margin: 2em; max-width: 70em; color: #222 }
td, th { padding: .15em .8em; text-align: right; white-space: nowrap }
td:first-child, th:first-child { text-align: left; font-family: monospace }
rect.faster { fill: #2a7 } rect.slower { fill: #c53 } line { stroke: #888 }
.problem { color: #c00; text-align: left }
"""


def bar(ratio, span):
    """A bar on a logarithmic scale, from the middle (equal speed) to the right when SwiftTorch is faster."""
    half = 150
    length = half * math.log(ratio) / span
    x, kind = (half, "faster") if length >= 0 else (half + length, "slower")
    return (
        f'<svg width="{2 * half}" height="14"><rect class="{kind}" x="{x:.1f}" y="2" width="{abs(length):.1f}" height="10"/>'
        f'<line x1="{half}" x2="{half}" y1="0" y2="14"/></svg>'
    )


def page(outcome):
    """A page that needs nothing but itself."""
    span = max((abs(math.log(row["ratio"])) for row in outcome["rows"] if "ratio" in row), default=0) or 1
    rows = []
    for row in outcome["rows"]:
        name, problem = html.escape(row["row"]), html.escape(row["problem"] or "")
        if "ratio" in row:
            rows.append(
                f"<tr><td>{name}</td><td>{duration(row['ours_ns'])}</td><td>{duration(row['theirs_ns'])}</td>"
                f"<td>{row['ratio']:.2f}</td><td>&plusmn;{row['noise']:.1%}</td><td>{bar(row['ratio'], span)}</td>"
                f'<td class="problem">{problem}</td></tr>'
            )
        else:
            rows.append(f'<tr><td>{name}</td><td colspan="5"></td><td class="problem">{problem}</td></tr>')
    means = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{mean:.2f}</td><td>{bar(mean, span)}</td></tr>"
        for name, mean in outcome["groups"].items()
    )
    return f"""<!doctype html>
<meta charset="utf-8"><title>SwiftTorch and PyTorch</title><style>{STYLE}</style>
<h1>SwiftTorch and PyTorch</h1>
<p>{html.escape(outcome["machine"])}; {outcome["threads"]} threads; medians of {outcome["alternations"]} alternating batches
of {outcome["batch_seconds"]} s. Ratio: PyTorch's time / SwiftTorch's time, above 1 where SwiftTorch is faster; the bars are
logarithmic.</p>
<table><tr><th>row</th><th>SwiftTorch</th><th>PyTorch</th><th>ratio</th><th>noise</th><th></th><th></th></tr>
{"".join(rows)}</table>
<h2>Geometric means</h2>
<table>{means}</table>
"""
