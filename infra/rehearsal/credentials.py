"""Whose credentials a call of the rehearsal carries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Credentials:
    """An access key; `token` for those of a role."""

    access_key: str
    secret_key: str = "rehearsal"  # noqa: S105  No server of the rehearsal checks a signature.
    token: str | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which every AWS client finds them."""
        token = {"AWS_SESSION_TOKEN": self.token} if self.token else {}
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, **token}


ADMIN = Credentials("rehearsal")
"""An administrator of the account: who applies the program, until a delivery role does."""
NOBODY = Credentials("nobody")
"""What a process has that has taken on no role: every call of it is refused."""
SERVICE = "service."


def of_service(name: str) -> Credentials:
    """Those of an AWS service, such as `sagemaker`."""
    return Credentials(f"{SERVICE}{name}")
