"""GitHub's OIDC provider: an account has one for all that GitHub's workflows deliver to it."""

import pulumi
import pulumi_aws as aws

from infra.account.trust import AUDIENCE, ISSUER, URL


class GitHubProvider(pulumi.ComponentResource):
    """The account's trust in tokens that GitHub signs; which tokens, each role says itself."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, *, account: pulumi.Output[str], adopt: bool, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """
        Args:
            adopt: whether somebody else made it: it is looked up, and never made a second time.
        """
        super().__init__("mlops:index:GitHubProvider", name, {}, opts)
        if adopt:
            known = account.apply(lambda number: f"arn:aws:iam::{number}:oidc-provider/{ISSUER}")
            child = pulumi.ResourceOptions(parent=self)
            provider = aws.iam.OpenIdConnectProvider.get(f"{name}-oidc", known, opts=child)
        else:
            # Another project of the account may have come to use it.
            kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
            provider = aws.iam.OpenIdConnectProvider(f"{name}-oidc", url=URL, client_id_lists=[AUDIENCE], opts=kept)
        self.arn = provider.arn
        self.register_outputs({"arn": self.arn})
