"""The model that answers until there is one: the label's base rate, whatever is asked. Same schema, same contract."""

import sys
from functools import cache
from pathlib import Path

from ml import agreed, bundle
from ml.dataset import BASE_RATE, SCHEMA

OPSET, IR_VERSION = 15, 8


@cache
def bundle_bytes() -> bytes:
    """The baseline's bundle. It has no reference statistics: nothing was trained."""
    return bundle.write(model=constant(BASE_RATE, width=len(SCHEMA.features)), schema=SCHEMA, reference={})


def constant(value: float, *, width: int) -> bytes:
    """An ONNX graph that answers `value` for each row of `features` float32 [rows, width]."""
    from onnx import TensorProto, helper

    answer = helper.make_tensor("answer", TensorProto.FLOAT, [1], [value])
    graph = helper.make_graph(
        [
            helper.make_node("Shape", ["features"], ["rows"], start=0, end=1),
            helper.make_node("ConstantOfShape", ["rows"], ["prediction"], value=answer),
        ],
        "baseline",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, [None])],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString(deterministic=True)


def main(folder: Path) -> None:
    """Writes the bundle into a folder, for an image to carry."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / agreed.BUNDLE).write_bytes(bundle_bytes())
    sys.stdout.write(f"{bundle.digest(bundle_bytes())}  {agreed.BUNDLE}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
