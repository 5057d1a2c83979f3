"""Bring foreign files in: read them as they are, map their fields, merge them by key.

A file is never guessed at in silence. What decides its encoding, its CRS, its fields is said in
the report's notes; where more than one answer is left, the import stops and names the option that
gives it.
"""
