"""What the plugins offer: the models with their options, and the plugins that failed."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.console import Group, RenderableType
from rich.text import Text

from digitbench.printable import printable
from digitbench.report.plain_tables import ListTable
from digitbench.types import ModelFamily, ModelSpec
from digitbench.types.plugins import PluginEntry, PluginFailure, PluginInfo
from digitbench.types.values import option_text

_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}

DOCUMENT_VERSION = 1


class Offered(Protocol):
    """The plugins as a catalogue shows them (`digitbench.plugins.PluginHost`)."""

    @property
    def families(self) -> Mapping[str, PluginEntry[ModelFamily]]:
        """The families of models by name."""

    failures: list[PluginFailure]
    disabled: list[PluginInfo]


def catalogue_tables(host: Offered, offers: Sequence[PluginEntry[ModelSpec]]) -> RenderableType:
    """Return a table of models, one of their options, and the failed plugins with reasons."""
    models = ListTable("Model", "Summary", "Plugin", "Version")
    options = ListTable("Model", "Option", "Type", "Default", "Meaning")
    for offer in offers:
        spec, plugin = offer.spec, offer.plugin
        models.add_texts(spec.name, spec.summary, plugin.name, plugin.version or "")
        options.add_section()
        for index, option in enumerate(_options(spec)):
            name = "" if index else spec.name
            default = option_text(option["default"])
            options.add_texts(name, option["name"], option["type"], default, option["description"])
    parts: list[RenderableType] = [models]
    if options.row_count:
        parts += [options, Text(_example(offers), style="dim")]
    parts += [
        Text(printable(f"any {name}:...  {family.spec.summary}"))
        for name, family in host.families.items()
    ]
    parts += [Text(printable(f"disabled: {info}"), style="dim") for info in host.disabled]
    parts += [Text(printable(f"failed: {failure}"), style="red") for failure in host.failures]
    return Group(*parts)


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


def _options(spec: ModelSpec) -> list[dict[str, Any]]:
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


def _example(offers: Sequence[PluginEntry[ModelSpec]]) -> str:
    """Show how options are written, with the first model that has one."""
    spec = next(offer.spec for offer in offers if offer.spec.options.model_fields)
    option = _options(spec)[0]
    return f'Use: --models "{spec.name}[{option["name"]}={option_text(option["default"])}]"'


def _failure(failure: PluginFailure) -> dict[str, Any]:
    return {
        "plugin": failure.plugin.name,
        "distribution": failure.plugin.distribution,
        "reason": failure.reason,
    }
