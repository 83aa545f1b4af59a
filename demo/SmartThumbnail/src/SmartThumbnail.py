"""Cuts the most interesting square out of an image and scales it down.

Interesting is where much changes from pixel to pixel: edges of people, things and writing, rather than sky or wall.
The square spans the shorter side, so it moves along the longer one to where the sum of the edges is greatest.
"""
import io

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

THUMBNAIL_PIXELS = 200
# Edges are judged on a small copy: faster, and grain and JPEG blocks do not count as detail.
ANALYSIS_PIXELS = 160


class InputError(Exception):
    """The input is no image."""

    error_type = "InputError"


def apply(input):
    """JPEG, PNG or another common image as bytes; answers a PNG of 200 by 200 pixels."""
    image = open_image(input)
    size = (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
    square = ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=interesting_centering(image))
    png = io.BytesIO()
    square.save(png, "PNG", optimize=True)
    return png.getvalue()


def open_image(data):
    if not isinstance(data, bytes):
        raise InputError("expected an image as binary data (Content-Type application/octet-stream)")
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise InputError("the input is no image that can be read: %s" % error) from None
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def interesting_centering(image):
    """Where `ImageOps.fit` shall cut, each from 0 (left, top) to 1 (right, bottom)."""
    small = image.convert("L")
    small.thumbnail((ANALYSIS_PIXELS, ANALYSIS_PIXELS), Image.Resampling.BOX)
    edges = small.filter(ImageFilter.SMOOTH).filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they were, which is no edge.
    edges = ImageOps.expand(ImageOps.crop(edges, 1), 1, 0) if min(edges.size) > 2 else edges
    side = min(edges.size)
    across = best_offset(column_sums(edges), side)
    down = best_offset(column_sums(edges.transpose(Image.Transpose.TRANSPOSE)), side)
    return across, down


def column_sums(image):
    row = image.convert("F").resize((image.width, 1), Image.Resampling.BOX)
    return [row.getpixel((x, 0)) for x in range(image.width)]


def best_offset(sums, side):
    """Share of the free way at which a window of `side` holds most; the one nearest to the middle among equals."""
    free = len(sums) - side
    if free <= 0:
        return 0.5
    return max(range(free + 1), key=lambda start: (round(sum(sums[start : start + side]), 3), -abs(start - free / 2))) / free
