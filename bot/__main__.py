"""`python -m bot` is the command `bot`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (what is imported below cannot be read by an older one)
    sys.stderr.write("this needs Python 3.11 or newer, and is run by Python " + sys.version.split()[0] + "\n")
    sys.exit(2)

from bot.cli import main

if __name__ == "__main__":
    main(prog_name="bot")
