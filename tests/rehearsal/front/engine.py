"""Pulumi's engine as one dynamic resource sees it: its state, before Pulumi's own host of dynamic providers."""

import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from infra.source import ROOT


class EngineError(Exception):
    """What `pulumi up` prints of a resource that failed."""


@contextmanager
def host(environ: Mapping[str, str]) -> Generator[ResourceProviderStub]:
    """The process that Pulumi's engine starts for dynamic resources, in the project's folder."""
    command = [sys.executable, "-u", "-m", "pulumi.dynamic"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            port = int(process.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield ResourceProviderStub(channel)
        finally:
            process.kill()


class Engine:
    """One resource: a call that fails leaves the state as it was."""

    def __init__(self, host: ResourceProviderStub, provider: ResourceProvider) -> None:
        self.host, self.blob = host, serialize_provider(provider)
        self.id, self.outputs = "", {}

    def up(self, inputs: Mapping[str, Any]) -> str:
        """The step that was taken: create, update or same. Raises EngineError where it failed."""
        news, olds = {**inputs, PROVIDER_KEY: self.blob}, self.outputs
        checked = self._call("Check", provider_pb2.CheckRequest(), olds=olds, news=news)
        if checked.failures:
            raise EngineError(", ".join(f"{failure.property} {failure.reason}" for failure in checked.failures))
        news = MessageToDict(checked.inputs)
        if not self.id:
            made = self._call("Create", provider_pb2.CreateRequest(), properties=news)
            self.id, self.outputs = made.id, MessageToDict(made.properties)
            return "create"
        found = self._call("Diff", provider_pb2.DiffRequest(), id=self.id, olds=olds, news=news)
        assert not found.replaces
        if found.changes != provider_pb2.DiffResponse.DIFF_SOME:
            return "same"
        updated = self._call("Update", provider_pb2.UpdateRequest(), id=self.id, olds=olds, news=news)
        self.outputs = MessageToDict(updated.properties)
        return "update"

    def refresh(self) -> None:
        seen = self._call("Read", provider_pb2.ReadRequest(), id=self.id, properties=self.outputs)
        self.id, self.outputs = seen.id, MessageToDict(seen.properties) if seen.id else {}

    def destroy(self) -> None:
        self._call("Delete", provider_pb2.DeleteRequest(), id=self.id, properties=self.outputs)
        self.id, self.outputs = "", {}

    def _call(self, method: str, request: Any, **fields: Any) -> Any:
        try:
            return getattr(self.host, method)(ParseDict(fields, request))
        except grpc.RpcError as error:
            raise EngineError(error.details()) from None  # ty: ignore[missing-attribute]
