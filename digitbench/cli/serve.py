"""`digitbench serve`: the web application on this machine."""

from typing import Annotated

import typer

from digitbench.cli.config import ConfigOption
from digitbench.cli.help import ends_with
from digitbench.cli.options import (
    DEFAULT_RUNS_DIR,
    DataDirOption,
    DebugOption,
    OfflineOption,
    PluginFileOption,
    RunsDirOption,
)
from digitbench.errors import UsageError

DEFAULT_PORT = 8128
_EXTRA = {"starlette", "uvicorn", "anyio", "h11"}
_NOT_INSTALLED = 'the web application is an extra: pip install "digitbench[serve]"'


@ends_with(
    "digitbench serve --open",
    "digitbench serve --model latest:cnn --model latest:softmax",
    "digitbench serve --host 0.0.0.0",
    see_also=("run", "report"),
)
def serve(
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="RUN:MODEL",
            help="A kept model to ask; may be given several times. By default the newest one of "
            "each model.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="Address to listen at. Beyond this machine the address that is printed has a "
            "token, and only who knows it gets in.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 for any free one.")
    ] = DEFAULT_PORT,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    data_dir: DataDirOption = None,
    offline: OfflineOption = False,
    plugin_files: PluginFileOption = None,
    runs_dir: RunsDirOption = DEFAULT_RUNS_DIR,
    config: ConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Serve a web page on this machine: draw digits for kept models, look at runs, follow them.

    It ends with Ctrl-C. It asks no other machine for anything, and only this one reaches it, unless
    --host says otherwise.
    """
    from digitbench.cli.console import messages_shown
    from digitbench.cli.streams import results_stream

    try:
        from digitbench.serve.server import open_place
        from digitbench.serve.server import serve as serve_at
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _EXTRA:
            raise UsageError(_NOT_INSTALLED) from error
        raise
    from digitbench.display.browser import open_url
    from digitbench.serve.assembly import application
    from digitbench.workflows.report import ReportData

    with messages_shown(progress_shown=False) as messages:
        data = ReportData(data_dir, offline, plugin_files or ())
        made = application(runs_dir, models or (), messages, data)
        place = open_place(host, port)
        results_stream().write(f"{place.url}\n")
        results_stream().flush()
        messages.info("Ctrl-C ends it")
        if open_ and not open_url(place.url):
            messages.warn(f"no browser was found: open {place.url} yourself")
        serve_at(made, place)
