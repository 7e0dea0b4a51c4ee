"""Compiles the list of steps in `ml.steps` for SageMaker: `make pipeline`, in an environment that has its SDK.

Everything of a stack is a parameter: `infra/definition.py` fills them in.
"""

import argparse
import json
import logging
import os
from pathlib import Path
from typing import Any

os.environ |= {
    # The SDK asks for a region when it is imported, and for the role when a job is described.
    "AWS_DEFAULT_REGION": "eu-west-1",
    "SAGEMAKER_VALIDATE_ROLE": "false",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}

import boto3
from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    CheckpointConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.training.configs import Compute, InputData, Networking, OutputDataConfig
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.train import ModelTrainer

from infra.definition import COMMAND, FILE, HANDED_ON, INTEGERS, STRINGS, inputs_digest
from ml.steps import DEFAULTS, FIRST, PARAMETERS, STEPS, Check, Step, step
from ml.wiring import Wiring

UNUSED, UNUSED_ROLE = "unused", "arn:aws:iam::000000000000:role/unused"
"""Where the SDK would put files of its own; it is given none."""
OPT_ML = "/opt/ml"
VOLUME_GB = 30


class Offline(PipelineSession):
    """A session that asks AWS nothing."""

    def default_bucket(self) -> str:
        return UNUSED


class Resuming(TrainingStep):
    """A training step with what the SDK takes no parameter for, and a command without code to upload."""

    def __init__(self, *, beside: dict[str, Any], **how: Any) -> None:
        super().__init__(**how)
        self._beside = beside

    @property
    def arguments(self) -> Any:
        request = super().arguments
        request["AlgorithmSpecification"]["ContainerEntrypoint"] = [*COMMAND, self.name]
        return request | self._beside


class Compiler:
    """The steps of one pipeline, and the parameters that they refer to."""

    def __init__(self) -> None:
        self.session = Offline(
            boto_session=boto3.Session(region_name="eu-west-1"),
            default_bucket=UNUSED,
            sagemaker_config={
                "SchemaVersion": "1.0",
                "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}},
            },
        )
        told = {name: ParameterString(name=name, default_value=value) for name, value in DEFAULTS.items()}
        strings = {name: ParameterString(name=name) for name in (*STRINGS, *Wiring.variables())}
        integers = {name: ParameterInteger(name=name) for name in INTEGERS}
        self.parameters: dict[str, Any] = {**told, **strings, **integers}
        self.environment = {name: self.parameters[name] for name in Wiring.variables()}
        # boto3 reads the second, the table library either.
        self.environment |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), self.parameters["Region"])
        self.steps: dict[str, Any] = {}
        self.files: dict[str, PropertyFile] = {
            item.name: PropertyFile(name=item.name, output_name=item.of, path=item.file)
            for item in STEPS
            if isinstance(item, Check)
        }

    def pipeline(self) -> Pipeline:
        return Pipeline(
            name="training",
            parameters=list(self.parameters.values()),
            steps=self._after(STEPS),
            # Experiments would ask for rights of their own; MLflow has the runs.
            pipeline_experiment_config=None,
            sagemaker_session=self.session,
        )

    def _after(self, items: tuple[Step | Check, ...]) -> list[Any]:
        """The steps of a list; what follows a check is inside of its condition."""
        made: list[Any] = []
        for number, item in enumerate(items):
            if isinstance(item, Check):
                return [*made, self._check(item, items[number + 1 :], after=made[-1])]
            self.steps[item.name] = self._training(item) if item.resumes else self._processing(item)
            made.append(self.steps[item.name])
        return made

    def _check(self, item: Check, rest: tuple[Step | Check, ...], *, after: Any) -> ConditionStep:
        def fact(path: str) -> JsonGet:
            return JsonGet(step_name=item.of, property_file=self.files[item.name], json_path=path)

        otherwise = [FailStep(name=f"{item.name}-refused", error_message=fact(item.why))] if item.why else []
        return ConditionStep(
            name=item.name,
            conditions=[ConditionEquals(left=fact(item.path), right=True)],
            if_steps=self._after(rest),
            else_steps=otherwise,
            depends_on=[after],
        )

    def _processing(self, item: Step) -> ProcessingStep:
        processor = Processor(
            role=self.parameters["Role"],
            image_uri=self.parameters["Image"],
            instance_count=1,
            instance_type=self.parameters["Instance"],
            entrypoint=[*COMMAND, item.name],
            volume_size_in_gb=VOLUME_GB,
            volume_kms_key=self.parameters["Key"],
            output_kms_key=self.parameters["Key"],
            max_runtime_in_seconds=self.parameters["MaxSeconds"],
            env=self.environment,
            network_config=NetworkConfig(
                enable_network_isolation=item.isolated, encrypt_inter_container_traffic=not item.isolated or None
            ),
            sagemaker_session=self.session,
        )
        arguments = []
        if item.name == FIRST:
            arguments = ["--run", ExecutionVariables.PIPELINE_EXECUTION_ID]
            for option, name in PARAMETERS.items():
                arguments += [f"--{option}", self.parameters[name]]
        taken = [
            ProcessingInput(
                input_name=earlier,
                s3_input=ProcessingS3Input(
                    s3_uri=self._files_of(earlier),
                    local_path=f"{OPT_ML}/processing/input/{earlier}",
                    s3_data_type="S3Prefix",
                    s3_input_mode="File",
                ),
            )
            for earlier in item.reads
        ]
        left = ProcessingOutput(
            output_name=item.name,
            s3_output=ProcessingS3Output(
                s3_uri=self._address(item.name),
                local_path=f"{OPT_ML}/processing/output",
                s3_upload_mode="EndOfJob",
            ),
        )
        return ProcessingStep(
            name=item.name,
            step_args=processor.run(inputs=taken, outputs=[left], arguments=arguments or None),
            property_files=[
                self.files[check.name] for check in STEPS if isinstance(check, Check) and check.of == item.name
            ],
        )

    def _training(self, item: Step) -> TrainingStep:
        trainer = ModelTrainer(
            training_image=self.parameters["Image"],
            base_job_name=item.name,
            role=UNUSED_ROLE,
            sagemaker_session=self.session,
            compute=Compute(
                instance_type=self.parameters["TrainingInstance"],
                instance_count=1,
                volume_size_in_gb=VOLUME_GB,
                volume_kms_key_id=self.parameters["Key"],
                enable_managed_spot_training=True,
            ),
            output_data_config=OutputDataConfig(
                s3_output_path=self._address(item.name), kms_key_id=self.parameters["Key"], compression_type="GZIP"
            ),
            checkpoint_config=CheckpointConfig(s3_uri=self._address("checkpoints"), local_path=f"{OPT_ML}/checkpoints"),
            networking=Networking(enable_network_isolation=True, enable_inter_container_traffic_encryption=True),
            environment=self.environment,
            input_data_config=[
                InputData(channel_name=earlier, data_source=self._files_of(earlier)) for earlier in item.reads
            ],
        )
        limits = {
            "MaxRuntimeInSeconds": self.parameters["MaxSeconds"],
            "MaxWaitTimeInSeconds": self.parameters["MaxWaitSeconds"],
        }
        beside = {"RoleArn": self.parameters["Role"], "StoppingCondition": limits}
        return Resuming(name=item.name, step_args=trainer.train(), beside=beside)

    def _files_of(self, name: str) -> Any:
        """Where an earlier step's files are; naming the step makes it come first."""
        properties = self.steps[name].properties
        if step(name).resumes:
            return properties.ModelArtifacts.S3ModelArtifacts
        return properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    def _address(self, name: str) -> Join:
        bucket = self.parameters["MLOPS_MODELS_BUCKET"]
        return Join(on="/", values=["s3:/", bucket, HANDED_ON, ExecutionVariables.PIPELINE_EXECUTION_ID, name])


def compiled() -> str:
    """The file's content: the definition, and a hash of what it was made from."""
    definition = json.loads(Compiler().pipeline().definition())
    return json.dumps({"inputs": inputs_digest(), "definition": definition}, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make pipeline", description=__doc__)
    parser.add_argument(
        "file", nargs="?", type=Path, default=FILE, help="where to write it; infra/pipeline.json unless told"
    )
    target = parser.parse_args().file
    # It warns of each name that SageMaker gives a job itself.
    logging.disable(logging.WARNING)
    target.write_text(compiled())
