"""Answers that a generator may be given, and that a careless template would break on."""

from infra.names import PROJECT_LIMIT

AWKWARD = {
    "defaults": {},
    "real-time": {"serving": "real-time"},
    "unicode": {"project_name": "Überflüge à Zürich, 航班", "description": "Prédit « qui » arrive en retard ✈️."},
    "emoji": {"project_name": "Planes 🛫", "description": "🛬 on time?", "project_slug": "planes"},
    "quotes": {"project_name": 'Bob\'s "late" flights', "description": "A \"quoted\" \\ 'name': #1 & <b>, - [x]"},
    "triple quotes": {"description": 'ends with """', "project_name": "r'''x'''"},
    "yaml": {"description": "key: value # comment", "project_name": "- yes: no"},
    "percent": {"description": "100 % of flights, $HOME and `id`"},
    "leading digits": {"project_name": "2nd model of 2013"},
    "long name": {"project_name": "the probability that a flight arrives late, by carrier"},
    "long slug": {"project_slug": "x" * PROJECT_LIMIT},
    "short slug": {"project_slug": "abc"},
    "slug like one that AWS keeps": {"project_slug": "internals-sg-x"},
    "address": {"alert_email": "ml+alerts_1@mail.team.example.org"},
    "repository": {"github_repository": "Some-Org/some.repo_1"},
}
