"""What the stored records have in common."""

from pydantic import BaseModel, ConfigDict


class Stored(BaseModel):
    """Base class of the stored records: frozen, strict about unknown fields and odd numbers.

    A number must be finite, unless its field says otherwise (`digitbench.types.plain.Figure`).
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        ser_json_inf_nan="strings",
        defer_build=True,  # until one is read or made: no command uses them all
    )
