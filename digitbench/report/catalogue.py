"""What the plugins offer: models and test sets with their options, and the plugins that failed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.text import Text

from digitbench.printable import printable
from digitbench.report.plain_tables import ListTable
from digitbench.types import DatasetSpec, ModelFamily, ModelSpec, TestSetSpec
from digitbench.types.plugins import PluginEntry, PluginFailure, PluginInfo
from digitbench.types.values import option_text

_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}

DOCUMENT_VERSION = 1


class Offered(Protocol):
    """The plugins as a catalogue shows them (`digitbench.plugins.PluginHost`)."""

    @property
    def families(self) -> Mapping[str, PluginEntry[ModelFamily]]:
        """The families of models by name."""

    @property
    def datasets(self) -> Mapping[str, PluginEntry[DatasetSpec]]:
        """The data sets by name."""

    @property
    def test_sets(self) -> Mapping[str, PluginEntry[TestSetSpec]]:
        """The test sets by name."""

    failures: list[PluginFailure]
    disabled: list[PluginInfo]


def catalogue_tables(host: Offered, offers: Sequence[PluginEntry[ModelSpec]]) -> RenderableType:
    """Return a table of models, one of their options, and the failed plugins with reasons."""
    models = ListTable("Model", "Summary", "Plugin", "Version")
    for offer in offers:
        spec, plugin = offer.spec, offer.plugin
        models.add_texts(spec.name, spec.summary, plugin.name, plugin.version or "")
    families = (
        Text(printable(f"any {name}:...  {family.spec.summary}"))
        for name, family in host.families.items()
    )
    specs = [offer.spec for offer in offers]
    return Group(models, *_option_parts("Model", "--models", specs), *families, *_left_out(host))


def catalogue_document(host: Offered, offers: Sequence[PluginEntry[ModelSpec]]) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    return {
        "document_version": DOCUMENT_VERSION,
        "models": [
            {
                "name": offer.spec.name,
                "summary": offer.spec.summary,
                "plugin": offer.plugin.name,
                "distribution": offer.plugin.distribution,
                "version": offer.plugin.version,
                "options": _options(offer.spec),
            }
            for offer in offers
        ],
        "families": [
            {
                "name": name,
                "summary": family.spec.summary,
                "plugin": family.plugin.name,
                "distribution": family.plugin.distribution,
                "version": family.plugin.version,
            }
            for name, family in host.families.items()
        ],
        "failures": [_failure(failure) for failure in host.failures],
        "disabled": [info.name for info in host.disabled],
    }


def sets_tables(host: Offered, offers: Sequence[PluginEntry[TestSetSpec]]) -> RenderableType:
    """Return the same of test sets, with the data sets that can stand for one."""
    sets = ListTable("Test set", "Summary", "Plugin", "Version")
    names = []
    for offer in offers:
        spec, plugin = offer.spec, offer.plugin
        names.append(spec.name if spec.argument is None else f"{spec.name}:{spec.argument}")
        sets.add_texts(names[-1], spec.summary, plugin.name, plugin.version or "")
    note = f"A data set stands for its test images, NAME or NAME:DIR: {', '.join(_others(host))}"
    specs = [offer.spec for offer in offers]
    use = Text(printable(f"Use: --test-sets {','.join(names)}"), style="dim")
    parts = [*_option_parts("Test set", "--test-sets", specs)] or [use]
    return Group(sets, *parts, Text(printable(note)), *_left_out(host))


def sets_document(host: Offered, offers: Sequence[PluginEntry[TestSetSpec]]) -> dict[str, Any]:
    """Return the same as plain values that `json.dumps` takes."""
    return {
        "document_version": DOCUMENT_VERSION,
        "test_sets": [
            {
                "name": offer.spec.name,
                "argument": offer.spec.argument,
                "summary": offer.spec.summary,
                "source_url": offer.spec.source_url,
                "plugin": offer.plugin.name,
                "distribution": offer.plugin.distribution,
                "version": offer.plugin.version,
                "options": _options(offer.spec),
            }
            for offer in offers
        ],
        "datasets": _others(host),
        "failures": [_failure(failure) for failure in host.failures],
        "disabled": [info.name for info in host.disabled],
    }


def _others(host: Offered) -> list[str]:
    """Return the names of data sets that are those of no test set."""
    return [name for name in host.datasets if name not in host.test_sets]


def _option_parts(
    kind: str, use: str, specs: Sequence[ModelSpec | TestSetSpec]
) -> Iterator[RenderableType]:
    """Yield a table of options with an example of how they are written; nothing without any.

    Args:
        kind: what has options, as a heading.
        use: the option of the command line that takes them.
        specs: what there is.
    """
    table = ListTable(kind, "Option", "Type", "Default", "Meaning")
    examples = []
    for spec in specs:
        table.add_section()
        for index, option in enumerate(_options(spec)):
            name = "" if index else spec.name
            default = option_text(option["default"])
            table.add_texts(name, option["name"], option["type"], default, option["description"])
            examples.append(f'Use: {use} "{spec.name}[{option["name"]}={default}]"')
    if examples:
        yield table
        yield Text(examples[0], style="dim")


def _left_out(host: Offered) -> Iterator[Text]:
    """Yield a line for each plugin that is disabled or failed."""
    for info in host.disabled:
        yield Text(printable(f"disabled: {info}"), style="dim")
    for failure in host.failures:
        yield Text(printable(f"failed: {failure}"), style="red")


def _options(spec: ModelSpec | TestSetSpec) -> list[dict[str, Any]]:
    defaults = spec.options().model_dump(mode="json")
    schema = spec.options.model_json_schema()
    return [
        {
            "name": name,
            "type": _type_name(schema["properties"][name], schema.get("$defs", {})),
            "default": defaults[name],
            "description": field.description or "",
        }
        for name, field in spec.options.model_fields.items()
    ]


def _type_name(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Say what an option takes, from its JSON schema: `integer >= 1`, `uniform | distance`."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]] | schema
    if "anyOf" in schema:
        return " | ".join(_type_name(part, definitions) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        parts = schema.get("prefixItems") or [schema.get("items", {})]
        return "/".join(_type_name(part, definitions) for part in parts)
    bounds = [f"{sign} {schema[key]}" for key, sign in _BOUNDS.items() if key in schema]
    kind = {"null": "none"}.get(schema.get("type", "any"), schema.get("type", "any"))
    return " ".join([kind, ", ".join(bounds)]).strip()


def _failure(failure: PluginFailure) -> dict[str, Any]:
    return {
        "plugin": failure.plugin.name,
        "distribution": failure.plugin.distribution,
        "reason": failure.reason,
    }
