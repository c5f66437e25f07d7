"""What a picture says, for tests of pictures."""

from __future__ import annotations

from matplotlib.text import Text


def texts_of(ax) -> list[Text]:
    found = []
    for own in [ax, *ax.child_axes]:
        found += [child for child in own.get_children() if isinstance(child, Text)]
        found += [own.xaxis.label, own.yaxis.label, *own.get_xticklabels()]
        box = own.get_window_extent().padded(3)
        sizes = [(label, label.get_window_extent()) for label in own.get_yticklabels()]
        found += [label for label, size in sizes if box.y0 <= (size.y0 + size.y1) / 2 <= box.y1]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def said(ax) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts_of(ax))
