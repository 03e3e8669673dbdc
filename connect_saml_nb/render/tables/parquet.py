"""Tables of many captures as Parquet (extra `parquet`), a part at a time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.render.tables.schema import BULK_COLUMNS, Row, Type

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROWS = 20_000


def write_parquet(file: BinaryIO, table: str, rows: Iterable[Row]) -> None:
    """Write one of the tables of many captures; no more than some thousand rows are in memory.

    Raises ConnectSamlError where pyarrow is missing, OSError where the file cannot be written.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        from pyarrow import parquet  # noqa: PLC0415 -- as above
    except ImportError:
        raise ConnectSamlError("Parquet needs an extra: pip install 'connect-saml-nb[parquet]'.") from None
    kinds = {
        Type.TEXT: pa.string(),
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.FLAG: pa.bool_(),
        Type.TIME: pa.timestamp("us", "UTC"),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in BULK_COLUMNS[table].items()])
    each = iter(rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while part := [*islice(each, _ROWS)]:
            writer.write_table(pa.Table.from_pylist(part, schema))
