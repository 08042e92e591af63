"""The Protocol Buffers schema of a Sparkplug B payload, Sparkplug 3.0 section 6.4.1.

Built from rows, so that no generated code and no compiler is needed. What no observation can be
made of (templates, data sets, files) is left out: Protocol Buffers skips unknown fields.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE: Final = "org.eclipse.tahu.protobuf"
_FIELD = descriptor_pb2.FieldDescriptorProto
_UINT64, _UINT32 = _FIELD.TYPE_UINT64, _FIELD.TYPE_UINT32
_STRING, _BYTES, _BOOL = _FIELD.TYPE_STRING, _FIELD.TYPE_BYTES, _FIELD.TYPE_BOOL
_FLOAT, _DOUBLE, _MESSAGE = _FIELD.TYPE_FLOAT, _FIELD.TYPE_DOUBLE, _FIELD.TYPE_MESSAGE
_PAYLOAD: Final = (
    ("timestamp", 1, _UINT64),
    ("metrics", 2, _MESSAGE),
    ("seq", 3, _UINT64),
    ("uuid", 4, _STRING),
    ("body", 5, _BYTES),
)
_METRIC: Final = (
    ("name", 1, _STRING),
    ("alias", 2, _UINT64),
    ("timestamp", 3, _UINT64),
    ("datatype", 4, _UINT32),
    ("is_historical", 5, _BOOL),
    ("is_transient", 6, _BOOL),
    ("is_null", 7, _BOOL),
    ("int_value", 10, _UINT32),
    ("long_value", 11, _UINT64),
    ("float_value", 12, _FLOAT),
    ("double_value", 13, _DOUBLE),
    ("boolean_value", 14, _BOOL),
    ("string_value", 15, _STRING),
    ("bytes_value", 16, _BYTES),
)


def _make_payload_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="ipudong/sparkplug_b.proto", package=_PACKAGE, syntax="proto2"
    )
    payload = file.message_type.add(name="Payload")
    metric = payload.nested_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in _PAYLOAD:
        field = payload.field.add(name=name, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL)
        if kind == _MESSAGE:
            field.label, field.type_name = _FIELD.LABEL_REPEATED, f".{_PACKAGE}.Payload.Metric"
    for name, number, kind in _METRIC:
        field = metric.field.add(name=name, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL)
        if name.endswith("_value"):
            field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()  # of our own: another schema may use the names
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{_PACKAGE}.Payload")
    return message_factory.GetMessageClass(found)


PayloadMessage: Final = _make_payload_class()
