#!/usr/bin/env python3
"""Changes a password through Groundwire's public API as a foreign client would: with no generated code.

The messages are built at run time from what the server's reflection says. Standard input holds the current password in
its first line and the new one in its second (never arguments or the environment, which other processes can see). The
answer is printed as canonical protobuf JSON. Exit status: 0 applied, 2 refused, 3 not ended yet, 1 no operation.
"""

import argparse
import json
import sys
import uuid

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import duration_pb2, timestamp_pb2  # in the default pool, for servers that leave them out
from grpc_reflection.v1alpha import reflection_pb2

# v1 and v1alpha are one message on the wire; the PyPI package has the types of the older name only.
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
SERVICE = "groundwire.directory.v1.PasswordService"
WELL_KNOWN = {file.name: file for file in (duration_pb2.DESCRIPTOR, timestamp_pb2.DESCRIPTOR)}


class Reflection:
    """Asks the server for its contract, file by file, into a pool of its own."""

    def __init__(self, channel, metadata, timeout):
        self.call = channel.stream_stream(
            REFLECTION,
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        self.metadata = metadata
        self.timeout = timeout
        self.pool = descriptor_pool.DescriptorPool()
        self.known = set()

    def files(self, **question):
        request = reflection_pb2.ServerReflectionRequest(**question)
        answer = next(self.call(iter([request]), metadata=self.metadata, timeout=self.timeout))
        if answer.HasField("error_response"):
            raise LookupError(f"{question}: {answer.error_response.error_message}")
        return [
            descriptor_pb2.FileDescriptorProto.FromString(file)
            for file in answer.file_descriptor_response.file_descriptor_proto
        ]

    def add(self, file):
        """Adds a file after everything that it imports."""
        if file.name in self.known:
            return
        self.known.add(file.name)
        for imported in file.dependency:
            if imported not in self.known:
                self.add(self.file(imported))
        self.pool.Add(file)

    def file(self, name):
        try:
            return next(file for file in self.files(file_by_filename=name) if file.name == name)
        except (LookupError, StopIteration):
            if name not in WELL_KNOWN:
                raise
            copy = descriptor_pb2.FileDescriptorProto()
            WELL_KNOWN[name].CopyToProto(copy)
            return copy

    def service(self, name):
        for file in self.files(file_containing_symbol=name):
            self.add(file)
        return self.pool.FindServiceByName(name)


def call(channel, method, message, metadata, timeout):
    """One unary call of a reflected method."""
    answer = message_factory.GetMessageClass(method.output_type)
    stub = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=answer.FromString,
    )
    return stub(message, metadata=metadata, timeout=timeout)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("account", help="user principal name")
    parser.add_argument("--target", default="localhost:18443", help="host:port of the directory")
    parser.add_argument("--ca", required=True, help="PEM of the CA that the server's certificate comes from")
    parser.add_argument("--token-file", required=True, help="the file that holds the bearer token")
    parser.add_argument("--operation-id", default=str(uuid.uuid4()), help="the same id again is the same operation")
    parser.add_argument("--timeout", type=float, default=30, help="seconds to wait for the answer")
    return parser.parse_args()


def main():
    asked = arguments()
    current, new = (sys.stdin.readline().rstrip("\r\n") for _ in range(2))
    with open(asked.ca, "rb") as ca, open(asked.token_file, encoding="ascii") as token:
        credentials = grpc.ssl_channel_credentials(root_certificates=ca.read())
        metadata = [("authorization", "Bearer " + token.read().strip())]
    with grpc.secure_channel(asked.target, credentials) as channel:
        service = Reflection(channel, metadata, asked.timeout).service(SERVICE)
        method = service.methods_by_name["ChangePassword"]
        request = message_factory.GetMessageClass(method.input_type)()
        request.operation_id = asked.operation_id
        request.account.user_principal_name = asked.account
        request.plaintext.current_password = current
        request.plaintext.new_password = new
        try:
            answer = call(channel, method, request, metadata, asked.timeout)
        except grpc.RpcError as error:
            print(json.dumps({"status": error.code().name, "message": error.details()}))
            return 1
    print(json_format.MessageToJson(answer))
    code = answer.operation.outcome.DESCRIPTOR.fields_by_name["code"].enum_type.values_by_number
    outcome = code[answer.operation.outcome.code].name
    if outcome == "OUTCOME_CODE_UNSPECIFIED":
        return 3
    return 0 if outcome == "OUTCOME_CODE_APPLIED" else 2


if __name__ == "__main__":
    sys.exit(main())
