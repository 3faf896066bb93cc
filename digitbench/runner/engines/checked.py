"""A stranger's engine, held to its contract: whatever it does wrong is named in one line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from digitbench.errors import DigitbenchError, EngineError, one_line
from digitbench.runner.set_predictions import checked_sets
from digitbench.types import Engine, Results, RunInputs, TrialEvents, TrialResult, TrialSpec


class CheckedEngine:
    """Runs an engine and checks what it yields."""

    def __init__(self, name: str, engine: Engine) -> None:
        """Wrap an engine.

        Args:
            name: what `--engine` calls it.
            engine: as its plugin made it.
        """
        self._name = name
        self._engine = engine

    def run(self, trials: Sequence[TrialSpec], inputs: RunInputs, events: TrialEvents) -> Results:
        """Yield what the engine yields: one result for each trial.

        Raises:
            EngineError: it raised something else, yielded what is no result of these trials,
                yielded one twice, or ended early.
        """
        missing = {(trial.model, trial.trial): trial for trial in trials}
        with self._faults_named():
            results = self._engine.run(trials, inputs, events)
        interrupt: KeyboardInterrupt | None = None
        try:
            while True:
                with self._faults_named():
                    result = next(results, None) if interrupt is None else results.throw(interrupt)
                if result is None:
                    break
                self._check(result, missing)
                try:
                    yield checked_sets(result, inputs.plan.test_sets)
                except KeyboardInterrupt as caught:
                    interrupt = caught
        except StopIteration:  # it ended at the interrupt
            pass
        finally:
            with self._faults_named():
                results.close()
        if interrupt is not None:
            raise interrupt
        if missing:
            raise self._broken(f"it ended without a result of {len(missing)} trials")

    def _check(self, result: TrialResult, missing: dict[tuple[str, int], TrialSpec]) -> None:
        """Strike a result's trial off those that are missing."""
        if not isinstance(result, TrialResult):
            raise self._broken(f"it yielded a {type(result).__name__}, not a TrialResult")
        place = result.spec.model, result.spec.trial
        wanted = missing.pop(place, None)
        if wanted is None or wanted.model_dump() != result.spec.model_dump():
            raise self._broken(
                f"it yielded a result of {place[0]}, trial {place[1]}, that nobody waits for"
            )

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, StopIteration, DigitbenchError):
            raise
        except BaseException as error:
            raise self._broken(one_line(error)) from error

    def _broken(self, reason: str) -> EngineError:
        return EngineError(f"the engine {self._name} failed: {reason}")
