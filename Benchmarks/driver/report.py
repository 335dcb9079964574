"""How results are shown: lines of a table, and an HTML page with a bar per row."""

import html
import math

# A ratio that varies by more than this is marked.
NOISY = 0.05
NAMES = {"swifttorch": "SwiftTorch", "pytorch": "PyTorch", "compile": "torch.compile", "onnxruntime": "ONNX Runtime"}


def duration(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def mebibytes(count):
    return f"{count / 2**20:.0f} MiB"


def header():
    return f"{'row':32} {'SwiftTorch':>10} {'PyTorch':>10} {'ratio':>7}  noise"


def line(result):
    if "ours_ns" not in result:
        return f"{result['row']:32} not measured: {'; '.join(result['problems'].values())}"
    text = f"{result['row']:32} {duration(result['ours_ns']):>10}"
    eager = result["peers"].get("pytorch")
    if eager:
        text += f" {duration(eager['ns']):>10} {eager['ratio']:6.2f}x {eager['noise']:6.1%}"
    for name, peer in result["peers"].items():
        if name != "pytorch":
            text += f"   {NAMES[name]} {duration(peer['ns'])} {peer['ratio']:.2f}x"
    if any(peer["noise"] > NOISY for peer in result["peers"].values()):
        text += "  NOISY"
    return text + "".join(f"  {NAMES.get(name, name)}: {problem}" for name, problem in result["problems"].items())


def summary(outcome):
    """The geometric means, and the rows that fall short of what they should reach."""
    lines = [""] + [f"{name:32} geometric mean {mean:6.2f}x" for name, mean in outcome["groups"].items()] + [""]
    for name, found in outcome["summaries"].items():
        lines.append(f"{name}: geometric mean {found['mean']:.2f}x of {found['rows']} rows")
        short = ", ".join(f"{row} {value:.2f}" for row, value in sorted(found["short"].items(), key=lambda item: item[1]))
        if short:
            lines.append(f"  below {found['least']}: {short}")
    return "\n".join(lines)


def memory_header():
    return f"\n{'peak memory, all of the process':32} {'SwiftTorch':>12} {'PyTorch':>12} {'ratio':>7}  growth above the start"


def memory_line(entry):
    sides = entry["sides"]
    text = f"{entry['row']:32}"
    if "swifttorch" in sides and "pytorch" in sides:
        ours, theirs = sides["swifttorch"], sides["pytorch"]
        text += f" {mebibytes(ours['peak']):>12} {mebibytes(theirs['peak']):>12} {theirs['peak'] / ours['peak']:6.2f}x"
        text += f"  {mebibytes(ours['peak'] - ours['base'])} against {mebibytes(theirs['peak'] - theirs['base'])}"
    if "onnxruntime" in sides:
        text += f"   ONNX Runtime {mebibytes(sides['onnxruntime']['peak'])}"
    return text + "".join(f"  {problem}" for problem in entry["problems"].values())


def accuracy_header():
    return (
        f"largest errors against float64, in units in the last place and as a part of the largest element\n"
        f"{'row':32} {'SwiftTorch':>12} {'PyTorch':>12} {'SwiftTorch':>12} {'PyTorch':>12}"
    )


def accuracy_line(row, errors):
    cells = [f"{errors[side]['ulp']:.3g}" if side in errors else "" for side in ("swifttorch", "pytorch")]
    cells += [f"{errors[side]['relative']:.2g}" if side in errors else "" for side in ("swifttorch", "pytorch")]
    return f"{row:32} " + " ".join(f"{cell:>12}" for cell in cells)


STYLE = """
body { font: 14px sans-serif; margin: 2em; color: #222 }
td, th { padding: .15em .8em; text-align: right; white-space: nowrap }
td:first-child, th:first-child { text-align: left; font-family: monospace }
rect.faster { fill: #2a7 } rect.slower { fill: #c53 } line { stroke: #888 }
.problem { color: #c00; text-align: left }
"""


def bar(ratio, span):
    """A bar on a logarithmic scale, from the middle (equal speed) to the right when SwiftTorch is faster."""
    half = 120
    length = half * math.log(ratio) / span
    x, kind = (half, "faster") if length >= 0 else (half + length, "slower")
    return (
        f'<svg width="{2 * half}" height="14"><rect class="{kind}" x="{x:.1f}" y="2" width="{abs(length):.1f}" height="10"/>'
        f'<line x1="{half}" x2="{half}" y1="0" y2="14"/></svg>'
    )


def cells(values):
    return "".join(f"<td>{value}</td>" for value in values)


def row_of_page(result, peers, span):
    """A row's times, ratios and bar."""
    values = [html.escape(result["row"]), duration(result["ours_ns"]) if "ours_ns" in result else ""]
    for name in peers:
        peer = result["peers"].get(name)
        values += [duration(peer["ns"]), f"{peer['ratio']:.2f} &plusmn;{peer['noise']:.0%}"] if peer else ["", ""]
    ratios = [peer["ratio"] for peer in result["peers"].values()]
    values.append(bar(min(ratios), span) if ratios else "")
    problem = html.escape("; ".join(result["problems"].values()))
    return f"<tr>{cells(values)}<td class='problem'>{problem}</td></tr>"


def memory_table(entries):
    if not entries:
        return ""
    rows = []
    for entry in entries:
        values = [html.escape(entry["row"])]
        for name in ("swifttorch", "pytorch", "onnxruntime"):
            side = entry["sides"].get(name)
            values += [mebibytes(side["peak"]), mebibytes(side["peak"] - side["base"])] if side else ["", ""]
        rows.append(f"<tr>{cells(values)}</tr>")
    heads = "".join(f"<th>{NAMES[name]}</th><th>growth</th>" for name in ("swifttorch", "pytorch", "onnxruntime"))
    return f"<h2>Peak memory</h2><table><tr><th>row</th>{heads}</tr>{''.join(rows)}</table>"


def page(outcome):
    """A page that needs nothing but itself."""
    ratios = [peer["ratio"] for row in outcome["rows"] for peer in row["peers"].values()]
    span = max((abs(math.log(ratio)) for ratio in ratios), default=0) or 1
    peers = [name for name in NAMES if any(name in row["peers"] for row in outcome["rows"])]
    heads = "".join(f"<th>{NAMES[name]}</th><th>ratio</th>" for name in peers)
    rows = "\n".join(row_of_page(row, peers, span) for row in outcome["rows"])
    means = {**outcome["groups"], **{name: found["mean"] for name, found in outcome["summaries"].items()}}
    means = "".join(f"<tr>{cells([html.escape(name), f'{mean:.2f}', bar(mean, span)])}</tr>" for name, mean in means.items())
    return f"""<!doctype html>
<meta charset="utf-8"><title>SwiftTorch and PyTorch</title><style>{STYLE}</style>
<h1>SwiftTorch and PyTorch</h1>
<p>{html.escape(outcome["machine"])}; {outcome["threads"]} threads; medians of {outcome["alternations"]} alternating batches
of {outcome["batch_seconds"]} s. Ratio: the other side's time / SwiftTorch's time, above 1 where SwiftTorch is faster. Bars show the
smallest ratio of a row, on a logarithmic scale.</p>
<table><tr><th>row</th><th>SwiftTorch</th>{heads}<th></th><th></th></tr>
{rows}</table>
<h2>Geometric means</h2>
<table>{means}</table>
{memory_table(outcome["memory"])}
"""
