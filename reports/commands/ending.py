"""The boundary of every command: one line for an expected error, and a truthful exit status.

0 on success; 1 only if a measurement shows a fault, as the command documents; 2 for everything
else; 130 for Ctrl-C.
"""

import importlib
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from reports.commands.streams import make_patient

BAD_USE, INTERRUPTED = 2, 130


def run(
    command: typer.Typer | Callable[..., None], name: str, *foreseen: type[Exception]
) -> NoReturn:
    """Run a command line, or a function as one, and end the process.

    An unexpected error prints its traceback. SIGTERM and the loss of the terminal act like Ctrl-C,
    so that no worker and no checkout is left behind.
    """
    out = make_patient()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.default_int_handler)
    status = _status(_app(command), name, foreseen)
    sys.stdout.flush()
    if out is not None and out.fault is not None:
        why = out.fault.strerror
        typer.echo(f"{name}: the output is incomplete ({why}): name another output", err=True)
        status = BAD_USE
    sys.exit(status)


def _app(command: typer.Typer | Callable[..., None]) -> typer.Typer:
    if isinstance(command, typer.Typer):
        return command
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    return app


def _status(app: typer.Typer, name: str, foreseen: tuple[type[Exception], ...]) -> int:
    try:
        ended = app(standalone_mode=False)
    except TyperException as error:
        typer.echo(f"{name}: {error.format_message()}", err=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  anything unexpected, of whatever kind, is shown in full
        if isinstance(error, (*foreseen, OSError)):
            typer.echo(f"{name}: {one_line(error)}", err=True)
        else:
            traceback.print_exc()
    else:
        return ended if isinstance(ended, int) else 0
    return BAD_USE


def one_line(error: Exception) -> str:
    """An error in one line, with the notes that were added on its way."""
    text = str(error)
    if isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    return "; ".join([text, *getattr(error, "__notes__", ())])


def imported(module: str) -> typer.Typer:
    """The ``app`` of a module; if its import fails, print the traceback and exit with status 2."""
    try:
        found: typer.Typer = importlib.import_module(module).app
    except Exception:  # noqa: BLE001  importing a strategy may raise anything
        traceback.print_exc()
        sys.exit(BAD_USE)
    return found
