# SPDX-License-Identifier: BSD-3-Clause
#
# Results and how they are printed: Markdown tables, so that docs/performance.md can take them as they are. A cell
# without a figure says why: "cannot" for a command or a field that the server does not have.
from dataclasses import dataclass, field
from statistics import median
from typing import Optional

CANNOT = "cannot"


@dataclass
class Result:
    name: str
    ours: list = field(default_factory=list)    # one figure per run
    other: list = field(default_factory=list)
    unit: str = ""
    bar: Optional[float] = None       # an upper limit of the figure that `judged` names
    judged: str = "ratio"             # "ratio": ours / other; "ours": our figure itself
    note: str = ""
    digits: int = 2

    def ratio(self):
        if not self.ours or not self.other or median(self.other) == 0:
            return None
        return median(self.ours) / median(self.other)

    def verdict(self):
        if self.bar is None:
            return ""
        value = self.ratio() if self.judged == "ratio" else (median(self.ours) if self.ours else None)
        if value is None:
            return "-"
        return "met" if value <= self.bar else "missed"


def side(bench, result, server):
    """The figures of `result` that are the server's."""
    return result.ours if server is bench.ours else result.other


def hits_note(rates, before=""):
    """The hit rates, {label: percent or None}, as a note; nothing when no side tells one."""
    known = [f"{label} {rate:.1f} %" for label, rate in rates.items() if rate is not None]
    return before + "hits " + ", ".join(known) if known else ""


def _figures(values, digits):
    if not values:
        return CANNOT
    text = f"{median(values):.{digits}f}"
    return text if len(values) == 1 else text + " (" + " ".join(f"{value:.{digits}f}" for value in values) + ")"


def print_table(title, results, names):
    ours, other = names
    print(f"\n## {title}\n")
    print(f"| what | {ours}: median (runs) | {other}: median (runs) | unit | ratio | bar | | note |")
    print("|---|---|---|---|---|---|---|---|")
    for row in results:
        ratio = row.ratio()
        bar = "" if row.bar is None else f"≤ {row.bar:g}" + (f" {row.unit}" if row.judged == "ours" and row.unit else "")
        print(f"| {row.name} | {_figures(row.ours, row.digits)} | {_figures(row.other, row.digits)} | {row.unit} | "
              f"{'-' if ratio is None else f'{ratio:.2f}'} | {bar} | {row.verdict()} | {row.note} |")
