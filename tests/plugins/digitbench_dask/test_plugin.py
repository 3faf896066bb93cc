"""How the engine `dask` is asked for."""

from importlib.util import find_spec

import pytest

from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.types import EngineContext

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask")

ADDRESS = "tcp://127.0.0.1:9"


@pytest.fixture
def host() -> PluginHost:
    return load_plugins()


@pytest.mark.parametrize(
    ("text", "scheduler"),
    [("dask", None), ("dask", ADDRESS), (f"dask[scheduler={ADDRESS}]", None)],
)
def test_the_scheduler_is_an_option_of_either(
    host: PluginHost, text: str, scheduler: str | None
) -> None:
    from digitbench_dask.engine import DaskEngine

    engine = make_engine(text, host, EngineContext(), scheduler)
    assert isinstance(engine, DaskEngine)
    assert engine.scheduler == (None if text == "dask" and scheduler is None else ADDRESS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("process", "^--scheduler is for the engine dask: add --engine dask$"),
        (f"dask[scheduler={ADDRESS}]", "^--engine names a scheduler too: leave out --scheduler$"),
        ("dask[address=1]", "^engine 'dask' has no option 'address'; its options: scheduler$"),
    ],
)
def test_what_makes_no_sense_is_refused(host: PluginHost, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_engine(text, host, EngineContext(), ADDRESS)


def test_it_is_an_extra(host: PluginHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitbench_dask.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "digitbench\[dask\]"'):
        make_engine("dask", host, EngineContext())
