import pytest

from infra.rehearsal.names import NameTooLongError, Naming

ROLE = Naming(limit=64)
BUCKET = Naming(limit=63, field="bucket", lower=True)


def test_a_name_that_is_given_is_taken():
    assert ROLE.name("role", {"name": "given"}) == "given"


def test_without_a_name_seven_hex_digits_follow_the_logical_name():
    prefix, _, digits = ROLE.name("my-role", {}).rpartition("-")
    assert prefix == "my-role"
    assert len(digits) == 7
    assert int(digits, 16) >= 0


def test_two_names_differ():
    assert ROLE.name("role", {}) != ROLE.name("role", {})


def test_a_prefix_is_followed_by_the_26_digits_of_the_provider():
    name = Naming(limit=63).name("model", {"namePrefix": "churn-"})
    assert name.startswith("churn-")
    assert len(name) == len("churn-") + 26
    assert BUCKET.name("b", {"bucketPrefix": "data-"}).startswith("data-")


def test_buckets_are_lower_case_and_aliases_begin_with_alias():
    assert BUCKET.name("Data", {}).startswith("data-")
    assert Naming(limit=256, start="alias/").name("key", {}).startswith("alias/key-")


def test_a_name_may_have_exactly_the_limit():
    assert len(ROLE.name("r" * 56, {})) == 64


@pytest.mark.parametrize("inputs", [{}, {"name": "r" * 65}, {"namePrefix": "r" * 39}])
def test_a_name_over_the_limit_is_refused_with_length_and_limit(inputs):
    with pytest.raises(NameTooLongError, match=r"has 65 characters, at most 64 are allowed"):
        ROLE.name("r" * 57, inputs)
