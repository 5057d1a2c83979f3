"""Names of files as text that can be printed and kept, whatever bytes they are on the disk."""

from __future__ import annotations


def readable_name(text: str) -> str:
    r"""Write a path, or an argument, as text: what is not in UTF-8 is read as GB18030.

    A .zip from a Chinese Windows, unpacked on Linux, leaves such names; Python holds their bytes as
    lone surrogates, which no file and no terminal takes. Such a text is to be shown, not opened.

    Examples
    --------
    >>> readable_name("路/\udcb5\udcc0\udcc2\udcb7.shp")
    '路/道路.shp'
    >>> readable_name("\udcff.shp")
    '\\xff.shp'
    """
    return "/".join(map(_readable, text.split("/")))


def _readable(part: str) -> str:
    if not any("\ud800" <= char <= "\udfff" for char in part):
        return part
    try:
        raw = part.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte, as Windows allows
        return part.encode("utf-8", "backslashreplace").decode()
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")
