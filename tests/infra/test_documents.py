import pytest

from infra import documents


def test_what_is_neither_json_nor_an_output_is_refused_by_its_kind():
    with pytest.raises(TypeError, match="is a set, expected JSON or an output of Pulumi"):
        documents.dumps({"Action": {"s3:GetObject"}})
