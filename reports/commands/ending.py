"""The boundary of every command: one line for a fault that was foreseen, and a status that is true.

0 done; 1 only where something was measured and is wrong, as the command says; 2 for all else;
130 for Ctrl-C.
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

    What was not foreseen is a traceback. A SIGTERM, and a terminal that goes, are as a Ctrl-C, so
    that no worker and no checkout stays.
    """
    out = make_patient()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, signal.default_int_handler)
    status = _status(_app(command), name, foreseen)
    sys.stdout.flush()
    if out is not None and out.fault is not None:
        why = out.fault.strerror
        typer.echo(f"{name}: not all could be printed ({why}): name another output", err=True)
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
    except Exception as error:  # noqa: BLE001  what nobody foresaw, of whatever kind, is told whole
        if isinstance(error, (*foreseen, OSError)):
            typer.echo(f"{name}: {said(error)}", err=True)
        else:
            traceback.print_exc()
    else:
        return ended if isinstance(ended, int) else 0
    return BAD_USE


def said(error: Exception) -> str:
    """Return an error in one line, with what was added to it on its way."""
    text = str(error)
    if isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    return "; ".join([text, *getattr(error, "__notes__", ())])


def imported(module: str) -> typer.Typer:
    """Return a module's ``app``; a module that cannot be imported is told whole, status 2."""
    try:
        found: typer.Typer = importlib.import_module(module).app
    except Exception:  # noqa: BLE001  a strategy is imported too, whatever it raises
        traceback.print_exc()
        sys.exit(BAD_USE)
    return found
