"""Drawings of cells as SVG, from a list of boxes, circles and arrows.

Coordinates are in pixels. A box or a circle is given by its center, and an arrow by its corners,
of which the ends may be nodes: it then begins and ends at their borders.
"""

from html import escape

_INK, _BLUE, _GREY, _ORANGE = "#222222", "#dfeaf7", "#f4f4f4", "#b5560c"


class Drawing:
    """Collects nodes and arrows; `svg()` returns them as text."""

    def __init__(self, width, height, title):
        self.size, self.title = (width, height), title
        self.name = "".join(filter(str.isalnum, title))  # ids differ between drawings of a page
        self._lines, self._nodes = [], []

    def box(self, x, y, label, small="", width=64, height=42, option=False):
        """A rectangle with a label and a smaller second line; returns the node."""
        dash = f' stroke-dasharray="5 3" stroke="{_ORANGE}"' if option else f' stroke="{_INK}"'
        fill = _GREY if option else _BLUE
        self._nodes.append(
            f'<rect x="{x - width / 2}" y="{y - height / 2}" width="{width}" height="{height}" '
            f'rx="6" fill="{fill}"{dash}/>'
        )
        self.text(x, y - 4 if small else y + 5, label, anchor="middle")
        if small:
            self.text(x, y + 13, small, size=11, anchor="middle")
        return x, y, width / 2, height / 2

    def circle(self, x, y, label, radius=13, fill="#ffffff"):
        """A circle with a label, such as an operation; returns the node."""
        self._nodes.append(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="{_INK}"/>'
        )
        self.text(x, y + 5, label, anchor="middle")
        return x, y, radius, radius

    def dot(self, x, y):
        """A point where a line branches."""
        self._nodes.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{_INK}"/>')

    def text(self, x, y, words, size=15, anchor="start", option=False):
        """A line of text with its baseline at y."""
        fill = _ORANGE if option else _INK
        self._nodes.append(
            f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">'
            f"{escape(words)}</text>"
        )

    def arrow(self, *points, head=True, option=False):
        """A line through points; where its ends are nodes, it ends at their borders."""
        points = list(points)
        for end, beside in ((0, 1), (-1, -2)):
            points[end] = _border(points[end], points[beside])
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        color, dash = (_ORANGE, ' stroke-dasharray="5 3"') if option else (_INK, "")
        of_kind = f"{self.name}-{'option' if option else 'head'}"
        marker = f' marker-end="url(#{of_kind})"' if head else ""
        self._lines.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.4"'
            f"{dash}{marker}/>"
        )

    def svg(self):
        """The drawing, which needs no other file."""
        width, height = self.size
        heads = "".join(
            f'<marker id="{self.name}-{kind}" viewBox="0 0 10 10" refX="9" refY="5" '
            f'markerWidth="8" markerHeight="8" orient="auto">'
            f'<path d="M0,1 L10,5 L0,9 z" fill="{color}"/></marker>'
            for kind, color in (("head", _INK), ("option", _ORANGE))
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" font-family="sans-serif">'
            f"<title>{escape(self.title)}</title><defs>{heads}</defs>"
            f"{''.join(self._lines)}{''.join(self._nodes)}</svg>"
        )


def _border(point, beside):
    """Where a horizontal or vertical line from `beside` meets the border of a node."""
    x, y, *half = point
    if not half:
        return x, y
    away = beside[0] - x, beside[1] - y
    if abs(away[0]) > half[0]:
        # A line beside the center still meets a box, whose sides are straight.
        return x + (half[0] if away[0] > 0 else -half[0]), beside[1]
    return beside[0], y + (half[1] if away[1] > 0 else -half[1])


def lstm_cell(x="x", h="h", c="c", product="", projection=True):
    """The LSTM: gates i, f, o and candidate g; peepholes and projection are options."""
    d = Drawing(760, 350, f"One step of the LSTM: from {x}, {h} and {c} to {h}' and {c}'")
    top, row, bus, out = 60, 225, 300, 165
    forget, add = d.circle(200, top, "×"), d.circle(350, top, "+")
    new = d.circle(350, out - 35, "×")
    f = d.box(200, row, "f", "sigmoid")
    i = d.box(300, row, "i", "sigmoid")
    g = d.box(400, row, "g", "tanh")
    o = d.box(530, row, "o", "sigmoid")
    tanh, gate = d.box(610, 110, "tanh", width=56, height=30), d.circle(610, out, "×")
    d.text(12, top + 5, c)
    d.arrow((30, top), forget)
    d.arrow(forget, add)
    d.arrow(add, (715, top))
    d.text(722, top + 5, f"{c}'")
    d.arrow(f, forget)
    d.arrow(i, (300, new[1]), new)
    d.arrow(g, (400, new[1]), new)
    d.arrow(new, add)
    d.dot(610, top)
    d.arrow((610, top), tanh)
    d.arrow(tanh, gate)
    d.arrow(o, (530, out), gate)
    if projection:
        p = d.box(670, out, "P", width=36, height=30, option=True)
        d.arrow(gate, p)
        d.arrow(p, (715, out))
    else:
        d.arrow(gate, (715, out))
    d.text(722, out + 5, f"{h}'")
    # The products of input and state go to all gates.
    d.text(12, bus + 5, h)
    d.arrow((30, bus), (530, bus), o)
    d.text(85, 343, x)
    d.arrow((90, 327), (90, bus), head=False)
    d.dot(90, bus)
    for box in (f, i, g):
        d.dot(box[0], bus)
        d.arrow((box[0], bus), box)
    d.text(104, bus + 20, product, size=13)
    # Peepholes.
    d.dot(130, top)
    d.arrow((130, top), (130, 186), (274, 186), (274, row - 21), option=True)
    d.arrow((174, 186), (174, row - 21), option=True)
    d.dot(460, top)
    d.arrow((460, top), (460, 186), (510, 186), (510, row - 21), option=True)
    d.text(136, 178, "p_f, p_i", size=12, option=True)
    d.text(466, 178, "p_o", size=12, option=True)
    return d.svg()


def gru_cell(x="x", h="h", product=("h R_h + d_h", "x W_h + b_h")):
    """The GRU with reset="after" and update="keep": gates z, r and candidate n."""
    d = Drawing(720, 350, f"One step of the GRU: from {x} and {h} to {h}'")
    top, row, bus, middle = 60, 235, 305, 165
    r = d.box(130, row, "r", "sigmoid")
    state = d.box(245, row, product[0], width=120, height=34)
    reset = d.circle(245, middle, "×")
    n = d.box(400, middle, "n", "tanh")
    z = d.box(500, row, "z", "sigmoid")
    keep, add = d.circle(500, top, "×"), d.circle(600, top, "+")
    update, rest = d.circle(600, 112, "×"), d.box(600, middle, "1 − z", width=56, height=30)
    d.text(12, top + 5, h)
    d.arrow((30, top), keep)
    d.arrow(keep, add)
    d.arrow(add, (675, top))
    d.text(682, top + 5, f"{h}'")
    # The state also goes to the gates and the candidate, the input to all three.
    d.dot(60, top)
    d.arrow((60, top), (60, bus), (500, bus), z)
    d.dot(130, bus)
    d.arrow((130, bus), r)
    d.dot(245, bus)
    d.arrow((245, bus), state)
    d.text(85, 346, x)
    d.arrow((90, 330), (90, bus), head=False)
    d.dot(90, bus)
    d.dot(400, bus)
    d.arrow((400, bus), n)
    d.text(393, 262, product[1], size=12, anchor="end")
    d.arrow(r, (130, middle), reset)
    d.arrow(state, reset)
    d.arrow(reset, n)
    d.arrow(n, (400, 112), update)
    d.arrow(z, keep)
    d.dot(500, middle)
    d.arrow((500, middle), rest)
    d.arrow(rest, update)
    d.arrow(update, add)
    return d.svg()


def attention_cell():
    """The recurrent cell with attention and input feeding."""
    d = Drawing(760, 300, "One step of the attention cell")
    row, above, below = 190, 70, 262
    joined = d.box(140, row, "[x; o]", width=64)
    cell = d.box(280, row, "cell", width=80)
    attention = d.box(400, above, "attention", width=96)
    combined = d.box(560, row, "tanh([context; h'] C)", width=170)
    d.text(12, row + 5, "x")
    d.arrow((30, row), joined)
    d.text(12, 130 + 5, "o", option=True)
    d.arrow((30, 130), (140, 130), joined, option=True)
    d.text(36, 122, "input feeding", size=12, option=True)
    d.arrow(joined, cell)
    d.text(12, below + 5, "states")
    d.arrow((66, below), (262, below), (262, row + 21))
    d.arrow((298, row + 21), (298, below), (690, below))
    d.text(697, below + 5, "states'")
    d.dot(400, row)
    d.arrow(cell, combined)
    d.text(345, row - 8, "h'")
    d.arrow((400, row), attention)
    d.text(12, above + 5, "memory m, mask")
    d.arrow((135, above), attention)
    d.arrow(attention, (560, above), combined)
    d.text(568, 120, "context")
    d.arrow((448, above - 12), (690, above - 12))
    d.text(697, above - 7, "a")
    d.arrow(combined, (690, row))
    d.text(697, row + 5, "o'")
    return d.svg()


def crf():
    """The chain of tags of a linear-chain CRF with its scores."""
    d = Drawing(760, 210, "The scores of a linear-chain CRF")
    row, below = 60, 165
    tags = [
        d.circle(x, row, name, radius=22, fill=_BLUE)
        for x, name in ((170, "y_1"), (350, "y_2"), (590, "y_T"))
    ]
    start = d.box(50, row, "start", width=60, height=30)
    end = d.box(710, row, "end", width=60, height=30)
    links = [d.box(x, row, "transitions", width=92, height=30) for x in (260, 460)]
    d.arrow(start, tags[0], head=False)
    d.arrow(tags[0], links[0], head=False)
    d.arrow(links[0], tags[1], head=False)
    d.arrow(tags[1], links[1], head=False)
    d.arrow(links[1], (525, row), head=False)
    d.text(530, row + 5, "...")
    d.arrow((548, row), tags[2], head=False)
    d.arrow(tags[2], end, head=False)
    for tag, name in zip(tags, ("x[1, y_1]", "x[2, y_2]", "x[T, y_T]"), strict=True):
        score = d.box(tag[0], below, name, width=92, height=34)
        d.arrow(score, tag, head=False)
    return d.svg()


_LSTM = "Dashed lines are options: peepholes p"
# Name of a class -> its drawing and the caption.
DRAWINGS = {
    "LSTMCell": (lstm_cell(product="x W + h R + b"), f"{_LSTM} and the projection P."),
    "GRUCell": (gru_cell(), 'The GRU with `reset="after"` and `update="keep"`.'),
    "ConvLSTM2DCell": (
        lstm_cell("X", "H", "C", "X x W + H x R + b", projection=False),
        f"{_LSTM}. Each product with W or R is a convolution.",
    ),
    "ConvGRU2DCell": (
        gru_cell("X", "H", ("H x R_h + d_h", "X x W_h + b_h")),
        'The ConvGRU with `reset="after"` and `update="keep"`. Each product with W or R is a '
        "convolution.",
    ),
    "AttentionCell": (attention_cell(), "The dashed line is an option: input feeding."),
    "CRF": (crf(), "The score of a sequence of tags y is the sum of the scores in the boxes."),
}
