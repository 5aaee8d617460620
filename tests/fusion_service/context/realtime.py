# SPDX-License-Identifier: Apache-2.0
"""GTFS-Realtime messages as others write them: by the library, after the public schema.

Only what the product reads; numbers and types are those of gtfs-realtime.proto.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_KINDS = {"u64": 4, "i64": 3, "i32": 5, "u32": 13, "bool": 8, "text": 9, "float": 2}
_SCHEMA: dict[str, dict[str, tuple[int, str, bool]]] = {
    "FeedHeader": {
        "gtfs_realtime_version": (1, "text", False),
        "incrementality": (2, "i32", False),
        "timestamp": (3, "u64", False),
    },
    "TripDescriptor": {
        "trip_id": (1, "text", False),
        "schedule_relationship": (4, "i32", False),
        "route_id": (5, "text", False),
    },
    "StopTimeEvent": {
        "delay": (1, "i32", False),
        "time": (2, "i64", False),
        "uncertainty": (3, "i32", False),
    },
    "StopTimeUpdate": {
        "stop_sequence": (1, "u32", False),
        "arrival": (2, "StopTimeEvent", False),
        "departure": (3, "StopTimeEvent", False),
        "stop_id": (4, "text", False),
        "schedule_relationship": (5, "i32", False),
    },
    "TripUpdate": {
        "trip": (1, "TripDescriptor", False),
        "stop_time_update": (2, "StopTimeUpdate", True),
        "timestamp": (4, "u64", False),
    },
    "Position": {"latitude": (1, "float", False), "longitude": (2, "float", False)},
    "VehiclePosition": {
        "trip": (1, "TripDescriptor", False),
        "position": (2, "Position", False),
        "timestamp": (5, "u64", False),
        "stop_id": (7, "text", False),
        "occupancy_status": (9, "i32", False),
        "occupancy_percentage": (10, "u32", False),
        "operator_extension": (1003, "text", False),
    },
    "TimeRange": {"start": (1, "u64", False), "end": (2, "u64", False)},
    "EntitySelector": {"agency_id": (1, "text", False), "stop_id": (5, "text", False)},
    "Alert": {
        "active_period": (1, "TimeRange", True),
        "informed_entity": (5, "EntitySelector", True),
    },
    "FeedEntity": {
        "id": (1, "text", False),
        "is_deleted": (2, "bool", False),
        "trip_update": (3, "TripUpdate", False),
        "vehicle": (4, "VehiclePosition", False),
        "alert": (5, "Alert", False),
    },
    "FeedMessage": {"header": (1, "FeedHeader", False), "entity": (2, "FeedEntity", True)},
}


def _made() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="people_count_tests.proto", package="people_count_tests", syntax="proto2"
    )
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, is_repeated) in fields.items():
            made = message.field.add(name=field, number=number, label=3 if is_repeated else 1)
            if kind in _KINDS:
                made.type = _KINDS[kind]
            else:
                made.type, made.type_name = 11, f".people_count_tests.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("people_count_tests.FeedMessage")
    )


FeedMessage: Any = _made()
