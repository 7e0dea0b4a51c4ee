"""What the jobs publish to CloudWatch: names of metrics and dimensions, which `infra/` builds alarms on."""

MONITOR_RUNS = "MonitorRuns"
"""1 for each run of the monitor that came to an end."""
PREDICTIONS = "Predictions"
"""Captured predictions of the window, of the release that serves."""
CAPTURE_AGE_HOURS = "CaptureAgeHours"
"""Hours since the newest captured prediction; nothing where there was none."""
VALUE = "Value"
"""What a check measured."""
VIOLATION = "Violation"
"""1 where a check is violated, 0 where it is not, nothing where it had too little data."""

ENDPOINT, CHECK = "EndpointName", "Check"
"""Dimensions: every metric has the first, those of a check both."""
CHECKS = ("data drift", "prediction drift", "performance", "calibration", "latency")
"""The monitor's checks, by the names of their results."""
