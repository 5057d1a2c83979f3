"""What all tests share."""

import os

# CI asks Python to warn of files opened without an encoding. Here that is an error of ours (see
# pyproject.toml); in the commands that tests run, it would be other packages' noise on stderr.
os.environ.pop("PYTHONWARNDEFAULTENCODING", None)
