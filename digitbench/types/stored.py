"""What the stored records have in common."""

from pydantic import BaseModel, ConfigDict


class Stored(BaseModel):
    """Base class of the stored records: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)
