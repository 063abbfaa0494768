"""Draws the creatures: 32 x 32 pictures with four kinds of ears and four kinds of tail.

All else (fur, pose, size, place, scenery, noise) is random and says nothing about the kind.
Shapes are given by their distance in pixels, negative inside; x runs right, y runs down.
"""

import colorsys

import numpy as np

SIZE = 32  # pixels along one side of a picture
FINE = 3  # sub-pixels along one side of a pixel, averaged in the end

KINDS = ("cat", "panda", "rabbit", "dog")  # creature k has ears k and tail k, unless they are dealt apart
EARS = ("pointed", "round", "long", "floppy")
TAILS = ("curled", "bushy", "pompom", "thin")

PINK = np.array((1.0, 0.62, 0.66))
INK = np.array((0.12, 0.09, 0.13))
WHITE = np.ones(3)


def ball(x, y, cx, cy, rx, ry=None, turn=0.0):
    """Distance (near enough for small shapes) to an ellipse turned by `turn` radians."""
    ry = rx if ry is None else ry
    u = np.cos(turn) * (x - cx) + np.sin(turn) * (y - cy)
    v = np.cos(turn) * (y - cy) - np.sin(turn) * (x - cx)
    return (np.hypot(u / rx, v / ry) - 1) * min(rx, ry)


def stroke(x, y, points, half_width):
    """Distance to a line drawn through the points."""
    distance = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in zip(points, points[1:]):
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return distance - half_width


def triangle(x, y, corners):
    """Distance to a triangle whose corners run clockwise on the screen."""
    sides = []
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1]):
        sides.append(((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / np.hypot(bx - ax, by - ay))
    return np.max(sides, axis=0)


def ear(x, y, kind, side):
    """The ear on `side` (-1 left, 1 right): distances to the whole of it and to its pink inside."""
    cx, cy = -4.0 + 4.2 * side, -5.6
    if kind == "pointed":
        left, right = (cx - 3.6, cy + 1.5), (cx + 3.6, cy + 1.5)
        inner_left, inner_right = (cx - 2.0, cy + 1.5), (cx + 2.0, cy + 1.5)
        return (
            triangle(x, y, (left, (cx + 1.6 * side, cy - 5.8), right)),
            triangle(x, y, (inner_left, (cx + 0.9 * side, cy - 2.9), inner_right)),
        )
    if kind == "round":
        cx, cy = cx + 0.9 * side, cy - 0.7
        return ball(x, y, cx, cy, 3.7), ball(x, y, cx, cy, 2.0)
    if kind == "long":
        cx, cy = cx - 1.0 * side, cy - 3.6
        return ball(x, y, cx, cy, 2.2, 6.0, 0.12 * side), ball(x, y, cx, cy, 0.95, 4.4, 0.12 * side)
    cx, cy = cx + 2.6 * side, cy + 4.4  # floppy
    return ball(x, y, cx, cy, 2.6, 5.4, -0.28 * side), ball(x, y, cx, cy + 1.2, 1.2, 3.2, -0.28 * side)


def tail(x, y, kind):
    """Distances to the whole tail and to its pale tip."""
    cx, cy = 8.6, 7.4  # where it leaves the body
    if kind == "curled":
        turns, radii = np.linspace(0.6 * np.pi, -1.45 * np.pi, 14), np.linspace(4.4, 1.7, 14)
        curl = [(cx + 1.4 + r * np.cos(t), cy - 4.0 + r * np.sin(t)) for t, r in zip(turns, radii)]
        return stroke(x, y, curl, 1.15), stroke(x, y, curl[-3:], 0.8)
    if kind == "bushy":
        return ball(x, y, cx + 2.6, cy - 4.2, 3.5, 6.6, 0.22), ball(x, y, cx + 3.6, cy - 8.6, 2.2)
    if kind == "pompom":
        return ball(x, y, cx + 2.0, cy - 0.6, 2.9), ball(x, y, cx + 2.2, cy - 0.8, 2.3)
    whip = ((cx - 1.0, cy), (cx + 2.2, cy - 2.6), (cx + 4.2, cy - 6.2), (cx + 4.8, cy - 10.0))  # thin, with a tuft
    return stroke(x, y, whip, 1.1), ball(x, y, *whip[-1], 1.9)


def colour(rng, saturation, value):
    """A random hue, with saturation and value from the given ranges."""
    return np.array(colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(*saturation), rng.uniform(*value)))


def paint(page, distance, fill, outline=None):
    """Fills a shape on the page, over an outline 0.8 pixels wide if its colour is given."""
    if outline is not None:
        paint(page, distance - 0.8, outline)
    page += np.clip(0.5 - distance * FINE, 0, 1)[..., None] * (fill - page)


def draw(rng, ears, tails):
    """One creature with ears `EARS[ears]` and tail `TAILS[tails]`: 32 x 32 x 3, uint8."""
    fine = (np.arange(SIZE * FINE) + 0.5) / FINE - SIZE / 2
    page_x, page_y = np.meshgrid(fine, fine)
    sky, ground = colour(rng, (0.1, 0.45), (0.55, 1.0)), colour(rng, (0.1, 0.5), (0.45, 0.9))
    horizon = np.clip(0.5 + 0.2 * (page_y - rng.uniform(2, 9)), 0, 1)[..., None]
    page = (1 - horizon) * sky + horizon * ground

    # The creature's own coordinates: moved, turned, scaled and mirrored on the page.
    turn, scale, mirror = rng.uniform(-0.16, 0.16), rng.uniform(0.86, 1.0), rng.choice((-1, 1))
    u, v = page_x - rng.uniform(-1.5, 1.5), page_y - 1.5 - rng.uniform(-0.8, 0.8)
    x = mirror * (np.cos(turn) * u + np.sin(turn) * v) / scale + 1.8
    y = (np.cos(turn) * v - np.sin(turn) * u) / scale

    fur = colour(rng, (0.25, 0.75), (0.65, 1.0))
    pale, outline = 0.35 * fur + 0.65, 0.35 * fur

    whole, tip = tail(x, y, TAILS[tails])
    paint(page, whole, fur, outline)
    paint(page, tip, pale)

    paint(page, ball(x, y, 3.2, 6.8, 6.8, 5.6), fur, outline)
    paint(page, ball(x, y, 1.5, 8.4, 4.0, 3.2), pale)
    for foot in (-1.6, 6.4):
        paint(page, ball(x, y, foot, 11.6, 2.2, 1.4), fur, outline)

    def paint_ears():
        for side in (-1, 1):
            whole, inside = ear(x, y, EARS[ears], side)
            paint(page, whole, fur, outline)
            paint(page, inside, PINK)

    head = ball(x, y, -4.0, -0.6, 7.0, 6.2)
    if EARS[ears] == "floppy":  # hangs before the head; the others stand behind it
        paint(page, head, fur, outline)
        paint_ears()
    else:
        paint_ears()
        paint(page, head, fur, outline)

    for side in (-1, 1):
        paint(page, ball(x, y, -4.2 + 2.6 * side, -0.6, 1.25, 1.5), INK)  # eye, its glint, cheek
        paint(page, ball(x, y, -4.6 + 2.6 * side, -1.2, 0.55), WHITE)
        paint(page, ball(x, y, -4.2 + 4.2 * side, 2.2, 1.3, 0.9), PINK)
    paint(page, ball(x, y, -4.2, 1.8, 1.0, 0.7), INK)  # nose

    picture = page.reshape(SIZE, FINE, SIZE, FINE, 3).mean(axis=(1, 3)) * rng.uniform(0.85, 1.05)
    picture += rng.normal(0, 0.025, picture.shape)
    return np.clip(np.round(255 * picture), 0, 255).astype(np.uint8)
