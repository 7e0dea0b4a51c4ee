"""S3's lifecycle rules.

docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
"""

from collections.abc import Iterator

from infra.rehearsal.rules.rule import Ask, AskingRule, Key, Request, Rule, expected, given, one_of, twice

RULES_LIMIT = 1000
ID_CHARACTERS = 255
INFREQUENT_DAYS = 30
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
WHEN = ("Date", "Days", "ExpiredObjectDeleteMarker")


def a_bucket_has_1_to_1000_lifecycle_rules(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html"""
    count = len(list(_rules(request)))
    return None if 1 <= count <= RULES_LIMIT else expected("Rules", count, f"1 to {RULES_LIMIT}")


def lifecycle_rules_have_ids_of_their_own(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html, ID"""
    ids = [rule["ID"] for _path, rule in _rules(request) if "ID" in rule]
    if long := [name for name in ids if len(name) > ID_CHARACTERS]:
        return expected("ID", f"{len(long[0])} characters", f"at most {ID_CHARACTERS}")
    return expected("ID", f"{same[0]} twice", "each once") if (same := twice(ids)) else None


def a_lifecycle_rule_does_something(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html, "Lifecycle action"."""
    for path, rule in _rules(request):
        if not given(rule, *ACTIONS):
            return expected(path, "no action", one_of(ACTIONS))
    return None


def a_lifecycle_rule_has_a_filter_or_a_prefix(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html, Filter"""
    for path, rule in _rules(request):
        if ("Filter" in rule) == ("Prefix" in rule):
            return expected(
                path, "Filter and Prefix" if "Filter" in rule else "neither Filter nor Prefix", "one of the two"
            )
        if len(rule.get("Filter", ())) > 1:
            return expected(f"{path}.Filter", " and ".join(rule["Filter"]), "one of them, or And")
    return None


def objects_expire_by_one_measure(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html"""
    for path, rule in _rules(request):
        have = [name for name in WHEN if name in rule.get("Expiration", {})]
        if "Expiration" in rule and len(have) != 1:
            return expected(f"{path}.Expiration", " and ".join(have) or "nothing", one_of(WHEN))
    return None


def days_are_at_least_one(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html, Days: "non-zero positive"."""
    for path, rule in _rules(request):
        for action, member in (
            ("Expiration", "Days"),
            ("NoncurrentVersionExpiration", "NoncurrentDays"),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
        ):
            if (days := rule.get(action, {}).get(member, 1)) < 1:
                return expected(f"{path}.{action}.{member}", days, "at least 1")
    return None


def infrequent_access_comes_after_30_days_and_before_the_end(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""
    for path, rule in _rules(request):
        end = rule.get("Expiration", {}).get("Days")
        for step in rule.get("Transitions", ()):
            days = step.get("Days")
            if days is not None and step["StorageClass"] in INFREQUENT and days < INFREQUENT_DAYS:
                return expected(
                    f"{path}.Transitions.Days", days, f"at least {INFREQUENT_DAYS} to {step['StorageClass']}"
                )
            if days is not None and end is not None and days >= end:
                return expected(f"{path}.Transitions.Days", days, f"less than Expiration.Days ({end})")
    return None


def uploads_are_not_chosen_by_tag_or_size(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html, AbortIncompleteMultipartUpload"""
    for path, rule in _rules(request):
        chosen = rule.get("Filter", {}).keys() - {"Prefix"}
        if "AbortIncompleteMultipartUpload" in rule and chosen:
            return expected(f"{path}.AbortIncompleteMultipartUpload", f"with {min(chosen)}", "a Filter by Prefix")
    return None


def superseded_versions_need_versioning(request: Request, ask: Ask) -> str | None:
    """ "You set this lifecycle configuration action on a bucket that has versioning enabled (or suspended)".

    docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html
    """
    for path, rule in _rules(request):
        if actions := given(rule, "NoncurrentVersionExpiration", "NoncurrentVersionTransitions"):
            status = (ask("s3", "GetBucketVersioning", {"Bucket": request["Bucket"]}) or {}).get("Status")
            if status is None:
                return expected(f"{path}.{actions[0]}", "without versioning", "PutBucketVersioning first")
    return None


def _rules(request: Request) -> Iterator[tuple[str, Request]]:
    for index, rule in enumerate(request.get("LifecycleConfiguration", {}).get("Rules", ())):
        yield f"Rules[{index}]", rule


_KEY = ("s3", "PutBucketLifecycleConfiguration")
RULES: dict[Key, list[Rule]] = {
    _KEY: [
        a_bucket_has_1_to_1000_lifecycle_rules,
        lifecycle_rules_have_ids_of_their_own,
        a_lifecycle_rule_does_something,
        a_lifecycle_rule_has_a_filter_or_a_prefix,
        objects_expire_by_one_measure,
        days_are_at_least_one,
        infrequent_access_comes_after_30_days_and_before_the_end,
        uploads_are_not_chosen_by_tag_or_size,
    ]
}
ASKING: dict[Key, list[AskingRule]] = {_KEY: [superseded_versions_need_versioning]}
