"""The pages of a plan: the whole floor with its index, and one booth for who looks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.scheduling.drawings.canvas import INK, Canvas, document
from services.scheduling.drawings.measuring import width, wrapped
from services.scheduling.drawings.picture import (
    Shown,
    definitions,
    draw_booth,
    draw_doors,
    draw_ground,
    draw_stages,
    draw_star,
    extent,
    framed,
    poles_of,
    word,
)
from services.scheduling.floor.geometry import place
from services.scheduling.placing.booths import Booth

A3 = 420.0, 297.0
A5 = 148.0, 210.0
MARGIN = 10.0
COLUMN_MM = 68.0
"""A column of the index is at least so wide: most names stand in one line."""


def _heading(canvas: Canvas, shown: Shown, title: str, note: str, size: float) -> None:
    right = canvas.width_mm - MARGIN
    ends = (right, MARGIN, "right", "left") if shown.rtl else (MARGIN, right, "left", "right")
    y = MARGIN + size
    most = (canvas.width_mm - 2 * MARGIN) * 0.74
    canvas.text(title, (ends[0], y), size, bold=True, most=most, anchor=ends[2])
    most = (canvas.width_mm - 2 * MARGIN) * 0.24
    canvas.text(note, (ends[1], y), size * 0.55, most=most, anchor=ends[3], look="soft")


def _legend(canvas: Canvas, shown: Shown, bottom: float, size: float) -> None:
    """The poles, and what the signs mean; from the right in Arabic."""
    gap = 4.0
    entries: list[tuple[str, str]] = [
        (f' fill="url(#p{n})" stroke="{INK}" stroke-width=".25"', shown.poles.get(pole, pole))
        for n, pole in enumerate(poles_of(shown))
    ]
    signs: list[tuple[str, str]] = []
    ground = shown.plan.ground
    if any(booth not in shown.held for booth in shown.plan.booths):
        signs.append(("free", "free"))
    if ground.aisles:
        signs.append(("aisle", "aisle"))
    if ground.stages:
        signs.append(("stage", "stage"))
    if ground.obstacles:
        signs.append(("wall", "obstacle"))
    if ground.entrances:
        signs.append(("door", "entrance"))
    if any(not door.step_free for door in ground.entrances):
        signs.append(("hollow", "steps"))
    entries += [(sign, word(name, shown.language)) for sign, name in signs]
    lines: list[list[tuple[str, str]]] = [[]]
    room = canvas.width_mm - 2 * MARGIN
    left_over = room
    for sign, text in entries:
        wide = 6.5 + width(text) * size + gap
        if wide > left_over and lines[-1]:
            lines.append([])
            left_over = room
        lines[-1].append((sign, text))
        left_over -= wide
    for n, line in enumerate(lines):
        y = bottom - 5.2 * (len(lines) - n) + 1.4
        x = canvas.width_mm - MARGIN if shown.rtl else MARGIN
        forward = -1 if shown.rtl else 1
        for sign, text in line:
            left = x if forward > 0 else x - 5.0
            if sign.startswith(" "):
                canvas.rect(left, y, 5, 3.4, "", sign)
            elif sign in ("door", "hollow"):
                canvas.path([(left + 0.6, y), (left + 0.6, y + 3.4), (left + 4.0, y + 1.7)], sign)
            else:
                canvas.rect(left, y, 5, 3.4, sign)
            x += forward * 6.5
            anchor = "left" if forward > 0 else "right"
            x += forward * (canvas.text(text, (x, y + 2.9), size, anchor=anchor) + gap)


def _index(shown: Shown, booths: Sequence[str], size: tuple[float, float]) -> list[Canvas]:
    """Pages of those who are not named in their booth: number, name, family."""
    line, letters, indent = 3.5, 2.6, 13.0
    top, bottom = MARGIN + 14, size[1] - MARGIN
    columns = int((size[0] - 2 * MARGIN) // COLUMN_MM)
    wide = (size[0] - 2 * MARGIN) / columns
    room = wide - indent - 4
    pages: list[Canvas] = []
    column, y = columns, bottom
    for booth_id in booths:
        holder = shown.holders[booth_id]
        lines = wrapped(shown.joined(holder.name, holder.family), room / letters)
        if y + max(len(lines), 1) * line > bottom:
            column, y = column + 1, top
        if column >= columns:
            pages.append(Canvas(*size, shown.language))
            _heading(pages[-1], shown, word("index", shown.language), shown.title, 6.0)
            column = 0
        x, forward, anchor = MARGIN + column * wide, 1, "left"
        if shown.rtl:
            x, forward, anchor = size[0] - x, -1, "right"
        canvas = pages[-1]
        canvas.text(booth_id, (x, y + letters), letters, most=indent, bold=True, anchor=anchor)
        for text in lines:
            at = x + forward * indent, y + letters
            canvas.text(text, at, letters, most=room, anchor=anchor)
            y += line
        y += line * (0.25 if lines else 1.25)
    return pages


class Page(NamedTuple):
    """One page, its size in millimetres."""

    svg: str
    width: float
    height: float


def pages_of(shown: Shown) -> list[Page]:
    """The plan on A3, upright where it is higher than wide, and the pages of its index."""
    patterns = definitions(poles_of(shown))
    return [Page(each.page(patterns), *_size(shown)) for each in _canvases(shown)]


def whole(shown: Shown) -> str:
    """The same in one picture, page below page."""
    canvases = _canvases(shown)
    wide, high = _size(shown)
    patterns = definitions(poles_of(shown))
    return document(shown.language, wide, high * len(canvases), patterns, canvases)


def _size(shown: Shown) -> tuple[float, float]:
    box = extent(shown.plan)
    return A3 if box[2] - box[0] >= box[3] - box[1] else (A3[1], A3[0])


def _canvases(shown: Shown) -> list[Canvas]:
    box, size = extent(shown.plan), _size(shown)
    canvas = Canvas(*size, shown.language)
    note = word("revision", shown.language, revision=shown.plan.revision)
    title = shown.joined(word("plan", shown.language), shown.title)
    _heading(canvas, shown, title, note, 7.0)
    top, bottom = MARGIN + 12, size[1] - MARGIN - 8
    frame = framed(box, MARGIN, top, size[0] - 2 * MARGIN, bottom - top)
    poles = poles_of(shown)
    draw_ground(canvas, frame, shown.plan)
    in_index = [
        booth.booth_id
        for booth in shown.plan.booths.values()
        if not draw_booth(canvas, frame, shown, booth, poles.index(booth.pole_id))
    ]
    draw_stages(canvas, frame, shown)
    draw_doors(canvas, frame, shown)
    _legend(canvas, shown, size[1] - MARGIN, 3.2)
    return [canvas, *_index(shown, sorted(in_index), size)]


def here(shown: Shown, booth: Booth) -> str:
    """One booth for who looks for it: its neighbours, and the way to it on the whole plan."""
    canvas = Canvas(*A5, shown.language)
    holder = shown.holders.get(booth.booth_id)
    name = "" if holder is None else holder.name
    _heading(canvas, shown, booth.booth_id, word("here", shown.language), 8.0)
    ends = (A5[0] - MARGIN, "right", -1) if shown.rtl else (MARGIN, "left", 1)
    beside = ends[0] + ends[2] * (width(booth.booth_id, True) * 8 + 4)
    _name(canvas, name, beside, ends[1])
    way = shown.plan.ways.get(booth.booth_id)
    if way is not None:
        text = word("way", shown.language, metres=round(way.metres))
        canvas.text(text, (ends[0], MARGIN + 15), 4.0, anchor=ends[1], look="soft")
    poles = poles_of(shown)
    placed = place(booth)
    every = extent(shown.plan)
    x, y = _kept(placed.x, 12, every[0], every[2]), _kept(placed.y, 8.5, every[1], every[3])
    near = x - 12, y - 8.5, x + 12, y + 8.5
    frames = (
        (framed(near, MARGIN, MARGIN + 18, A5[0] - 2 * MARGIN, 88), True),
        (framed(every, MARGIN, MARGIN + 110, A5[0] - 2 * MARGIN, 62), False),
    )
    for frame, is_near in frames:
        wide = (frame.box[2] - frame.box[0]) * frame.scale
        high = (frame.box[3] - frame.box[1]) * frame.scale
        # Signs of entrances stand out of the whole plan a little.
        clip, more = ("near", 0.0) if is_near else ("far", 2.0)
        canvas.add(
            f'<clipPath id="{clip}"><rect x="{frame.left - more:.2f}" y="{frame.top - more:.2f}"'
            f' width="{wide + 2 * more:.2f}" height="{high + 2 * more:.2f}"/></clipPath>'
            f'<g clip-path="url(#{clip})">'
        )
        draw_ground(canvas, frame, shown.plan)
        for other in shown.plan.booths.values():
            if is_near and _apart(other, booth):
                continue
            pole = poles.index(other.pole_id)
            if is_near:
                draw_booth(canvas, frame, shown, other, pole, bare=other is booth)
            else:
                look = f' fill="url(#p{pole})" stroke="{INK}" stroke-width=".2"'
                canvas.path(frame.all(place(other).corners()), "", more=look)
        draw_stages(canvas, frame, shown)
        if way is not None:
            canvas.path(frame.all(way.points), "halo", closed=False)
            canvas.path(frame.all(way.points), "way", closed=False)
        draw_doors(canvas, frame, shown)
        x, y = frame.at((placed.x, placed.y))
        if not is_near:
            draw_star(canvas, x, y, 2.8)
        canvas.add("</g>")
        if is_near:
            canvas.rect(frame.left, frame.top, wide, high, "line")
    x, y = frames[0][0].at((placed.x, placed.y))
    size = min(placed.half_width, placed.half_depth) * frames[0][0].scale
    draw_star(canvas, x, y, size)
    label = size * 1.2 / width(booth.booth_id, True)
    canvas.text(booth.booth_id, (x, y + label * 0.36), label, bold=True)
    _legend(canvas, shown, A5[1] - MARGIN + 2, 2.5)
    return canvas.page(definitions(poles))


def _kept(middle: float, half: float, least: float, most: float) -> float:
    """The middle of a window that shows no more than there is, where there is enough."""
    if most - least < 2 * half:
        return middle
    return min(max(middle, least + half), most - half)


def _name(canvas: Canvas, name: str, x: float, anchor: str) -> None:
    """Beside the number of a booth, in one line or in two smaller ones."""
    room, size = 68.0, 5.0
    if width(name) * size <= room:
        canvas.text(name, (x, MARGIN + 8), size, anchor=anchor)
        return
    first, *rest = wrapped(name, room / 3.6)
    for text, y in ((first, MARGIN + 4.2), (" ".join(rest), MARGIN + 8.6)):
        canvas.text(text, (x, y), 3.6, most=room, anchor=anchor)


def _apart(one: Booth, other: Booth) -> bool:
    return abs(one.x_m - other.x_m) > 30 or abs(one.y_m - other.y_m) > 30
