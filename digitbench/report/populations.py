"""What a figure is about, in words: new writers, new digits, or this test set."""

from digitbench.analysis.comparison import Comparison

NEW_DIGITS = "new digits"


def population_of(comparison: Comparison) -> str:
    """Return what the population claim and intervals of a comparison are about: `new writers`."""
    if not comparison.models:
        return NEW_DIGITS
    return comparison.models[0].uncertainty.population


def on(population: str) -> str:
    """Say on what a claim holds, where it is first told: `on new digits by new writers`."""
    if population == NEW_DIGITS:
        return f"on {NEW_DIGITS}"
    return f"on {NEW_DIGITS} {'by' if population == 'new writers' else 'from'} {population}"


def allows_for(population: str) -> str:
    """Say in a sentence what an interval for a population allows for."""
    kind = population.removeprefix("new ")
    if population == NEW_DIGITS:
        return (
            "The interval for new digits allows for what varies between trials and for the choice "
            "of test images; who wrote them is not known."
        )
    return (
        f"The interval for {population} allows for what varies between trials and for the choice "
        f"of the {kind} in the test set."
    )
