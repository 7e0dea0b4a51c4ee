"""Every fault of the corpus: how it is brought about, what must happen then, and the tests that show it.

Not in it, as nothing here finds it: a bit that flips in a table's log or rows and still parses (TLS and S3's checksums
stand against that), and a backdoor whose trigger the gate's weeks do not show.
"""

from tests.faults.fault import Fault

FAULTS = (
    Fault(
        "F-10",
        "a silent rollback",
        "an alarm fires during an update, or a container does not start, on the model of SageMaker's control plane",
        "the endpoint ends on the old configuration, which the call's answer does not say and a look at it does",
        (
            "rehearsal/front/test_rollbacks.py::test_f_10_an_update_whose_alarm_fires_rolls_back_without_a_word",
            "rehearsal/front/test_rollbacks.py::test_without_alarms_nothing_rolls_back",
        ),
    ),
    Fault(
        "F-11",
        "a corrupt bundle",
        "bytes flipped and cut off, files lost, added, swapped; in the registry's bucket and on disk",
        "refused before it takes traffic, with code 65 and a sentence; the champion answers on, nothing is compared "
        "with it or watched by it",
        (
            "ml/test_bundle.py::test_a_flipped_byte_anywhere_is_refused",
            "ml/test_bundle.py::test_a_truncated_archive_is_refused",
            "ml/serving/test_refused_bundles.py::test_a_missing_file_is_refused",
            "ml/serving/test_refused_bundles.py::test_an_unknown_format_is_refused",
            "ml/serving/test_local_endpoint.py::test_a_challenger_that_refuses_its_bundle_leaves_the_champion_as_it_was",
            "test_s3_runs.py::test_a_champion_whose_bundle_is_broken_is_neither_compared_with_nor_watched",
        ),
    ),
    Fault(
        "F-12",
        "S3 stumbles",
        "a proxy before S3: 503, SlowDown, answers lost, cut off or with a flipped bit, a few times",
        "asked again, a bounded number of times; the right bytes in the end",
        (
            "test_s3.py::test_a_fault_that_passes_is_overcome",
            "test_s3.py::test_a_writer_whose_answer_was_lost_knows_its_own_object",
            "test_s3_runs.py::test_a_lock_whose_answer_was_lost_does_not_lock_its_own_run_out",
        ),
    ),
    Fault(
        "F-12",
        "S3 is out of order",
        "the proxy: 403, 404, 503, SlowDown, silence, broken bodies, for as long as it is asked",
        "a sentence with address and reason, code 6, within a minute; a batch lands once or not at all, a run "
        "registers nothing, and the next one gives the same model",
        (
            "test_s3.py::test_a_fault_that_lasts_ends_in_one_sentence_after_a_few_tries",
            "test_s3.py::test_a_silent_s3_is_given_up",
            "test_s3_runs.py::test_a_batch_lands_once_or_not_at_all",
            "test_s3_runs.py::test_a_run_that_s3_stops_says_so_and_the_next_one_gives_the_same_model",
        ),
    ),
    Fault(
        "F-12",
        "a model that comes slowly, or not whole",
        "the server reads its bundle from a pipe",
        "not ready and no traffic until it is verified; refused with code 65 where it breaks off; ends when told to",
        (
            "test_serving.py::test_a_server_whose_model_is_still_coming_takes_no_traffic_and_then_all",
            "test_serving.py::test_a_model_that_breaks_off_on_its_way_is_refused_with_a_code_and_a_sentence",
            "test_serving.py::test_a_server_that_still_waits_for_its_model_ends_when_it_is_told_to",
        ),
    ),
    Fault(
        "F-13",
        "kill -9 of a model server",
        "SIGKILL at random moments under load; of a challenger amid its canary",
        "every answer was captured once, with the same score; the champion stands in, and no caller loses a request",
        (
            "test_kill.py::test_a_killed_server_has_captured_all_that_it_answered",
            "ml/serving/test_local_endpoint.py::test_killing_the_challenger_under_load_loses_no_request",
        ),
    ),
    Fault(
        "F-13",
        "kill -9 of the pipeline",
        "SIGKILL at random moments of a run",
        "no release without its whole bundle; the lock says how to go on, one run takes it over; the same model again",
        (
            "test_kill.py::test_a_killed_pipeline_leaves_nothing_half_done_and_its_lock_says_how_to_go_on",
            "test_s3_runs.py::test_of_two_runs_that_find_the_same_stale_lock_one_starts",
            "ml/test_pipeline.py::test_a_lock_that_a_killed_run_left_is_taken_over_once_it_is_stale",
        ),
    ),
    Fault(
        "F-13",
        "kill -9 of batch scoring",
        "SIGKILL between and amid days, several times; shards at once, one of them twice; an S3 that refuses",
        "a day's object is whole or not there, written once, and the same bytes as without any fault",
        (
            "test_batch_killed.py::test_a_killed_run_goes_on_where_it_stopped_and_does_no_day_twice",
            "test_batch_killed.py::test_shards_at_once_and_one_of_them_twice_write_each_day_once",
            "test_batch_killed.py::test_an_s3_that_refuses_ends_the_run_and_the_next_one_goes_on",
        ),
    ),
    Fault(
        "F-13",
        "rows and releases that come late to batch scoring",
        "half of a day's rows after the day was scored; another release; one that does not fit, or is not there",
        "late rows are added, what was scored stays; a code and a sentence, and nothing is written",
        (
            "test_batch_killed.py::test_rows_that_come_late_are_added_and_what_was_scored_stays",
            "test_batch_killed.py::test_a_new_release_scores_anew_and_leaves_what_others_scored",
            "test_batch_killed.py::test_a_release_whose_features_are_others_fails_each_day_with_its_reason",
            "test_batch_killed.py::test_a_wrong_argument_ends_in_a_sentence",
            "test_batch_killed.py::test_a_bundle_with_other_bytes_than_its_digest_scores_nothing",
            "test_batch_killed.py::test_the_monitor_reads_what_was_scored_as_what_was_captured",
        ),
    ),
    Fault(
        "F-13",
        "kill -9 of the demo",
        "SIGKILL at random moments, and at the canary",
        "no process is left, and the next demo runs and removes what the dead one left",
        (
            "test_kill.py::test_a_killed_demo_leaves_no_process_and_the_next_one_removes_its_folder",
            "rehearsal/test_demo.py::test_however_it_is_ended_no_process_and_no_lock_is_left",
        ),
    ),
    Fault(
        "F-14",
        "nowhere to put or find metrics",
        "CloudWatch answers 503",
        "code 6 and a sentence; the window is kept and not recorded twice",
        ("test_s3_runs.py::test_a_monitor_that_cannot_publish_says_so_and_loses_no_window",),
    ),
    Fault(
        "F-15",
        "measures that are no numbers",
        "NaN and infinite scores and losses",
        "never promoted for it",
        ("ml/test_canary.py::test_scores_and_losses_that_are_not_finite_are_no_success",),
    ),
    Fault(
        "F-16",
        "no traffic in the bake",
        "no request, no label",
        "waits, and goes back after twice the bake",
        (
            "ml/test_canary.py::test_it_waits_without_traffic_without_labels_and_before_the_bake_is_over",
            "ml/test_canary.py::test_what_is_not_shown_to_be_good_in_twice_the_bake_goes_back",
        ),
    ),
    Fault(
        "F-17",
        "MLflow is down",
        "SIGKILL of the MLflow server at random moments of a run; nobody at its address",
        "the run ends with code 6 and a sentence, holds no lock, and the next one gives the same model; serving goes "
        "on and starts anew",
        (
            "test_kill.py::test_an_mlflow_that_is_killed_under_a_run_ends_it_cleanly_and_the_next_one_gives_the_same_model",
            "test_serving.py::test_serving_starts_and_answers_while_mlflow_is_gone",
            "test_serving.py::test_a_promotion_while_mlflow_is_gone_is_not_taken_for_a_version_that_does_not_exist",
        ),
    ),
    Fault(
        "F-18",
        "bad data",
        "columns renamed, lost, added, of other types, a thousand times too large, null, twice, of another week; torn "
        "files; no labels",
        "refused as a whole with code 5, kept in quarantine, in no table; columns in another order are fine",
        (
            "test_data.py::test_a_spoiled_batch_is_refused_with_a_sentence_kept_in_quarantine_and_reaches_no_table",
            "test_data.py::test_a_file_that_is_no_table_is_refused_and_nothing_is_quarantined",
            "test_data.py::test_a_run_on_data_without_a_label_gives_no_candidate_and_says_so",
            "ml/test_tables.py::test_a_batch_sent_by_several_at_once_lands_once",
        ),
    ),
    Fault(
        "F-19",
        "a poisoned batch",
        "labels flipped, of one kind, turned around; rows far off: all within the contract",
        "the gate refuses the candidate and names what is harmed; the champion stays",
        (
            "test_data.py::test_a_poisoned_batch_that_keeps_the_contract_is_stopped_by_the_gate_and_the_champion_stays",
            "test_data.py::test_the_gate_names_what_a_poison_harms",
        ),
    ),
    Fault(
        "F-20",
        "bad numbers in requests",
        "NaN, infinities, 1e308, huge integers, nothing; all that breaks the server's description",
        "4xx with the field, never 5xx, never NaN in JSON",
        (
            "ml/serving/test_serving_refusals.py::test_json_is_refused_naming_the_field",
            "ml/serving/test_serving_anything.py::test_whatever_is_sent_gets_strict_json_and_never_a_5xx",
            "test_requests.py::test_whatever_the_description_says_holds",
        ),
    ),
    Fault(
        "F-21",
        "hostile requests",
        "bytes that only look like HTTP, lengths that lie, gzip bombs, deep and huge bodies, slow callers",
        "4xx or nothing; memory under 200 MB, the log without a traceback, and the next caller is answered",
        (
            "test_requests.py::test_bytes_that_only_look_like_requests_get_4xx_or_nothing",
            "test_requests.py::test_a_body_that_would_swell_is_refused_unread",
            "ml/serving/test_server_process.py::test_slow_and_endless_requests_are_refused",
            "ml/serving/test_server_process.py::test_large_bodies_are_refused_whether_announced_or_not_and_memory_stays_bounded",
        ),
    ),
    Fault(
        "F-22",
        "clocks that are off",
        "15 minutes fast and slow, late events, changes of the clock, a leap day",
        "S3's refusal is shown; windows go by event time, each row in one; a late row is counted once",
        (
            "test_s3.py::test_a_fault_that_lasts_ends_in_one_sentence_after_a_few_tries",
            "test_windows.py::test_a_writer_whose_clock_is_a_quarter_of_an_hour_off_loses_no_row_and_a_late_one_is_counted_once",
            "test_windows.py::test_a_label_whose_clock_is_a_quarter_of_an_hour_off_is_used_or_counted_and_never_before_it_is_known",
            "test_windows.py::test_every_hour_of_a_year_with_a_leap_day_and_two_changes_of_the_clock_lies_in_one_window",
        ),
    ),
    Fault(
        "F-22",
        "labels that never come, twice, or before the prediction",
        "a table of labels with all of them",
        "counted apart; the latest counts, an early one is not used",
        (
            "test_windows.py::test_labels_that_never_come_come_twice_or_come_before_the_prediction_are_counted",
            "ml/monitoring/test_join.py::test_a_label_that_is_here_before_its_capture_is_joined_when_that_comes",
        ),
    ),
    Fault(
        "F-23",
        "a window that says nothing",
        "no row, one row, no label, constant columns",
        "not enough data, never ok, and no training for it",
        (
            "test_windows.py::test_a_window_with_nothing_or_one_row_or_no_label_is_not_enough_data_and_never_ok",
            "ml/monitoring/test_checks.py::test_constant_columns_are_not_enough_data",
        ),
    ),
    Fault(
        "F-23",
        "captures or history that are not whole",
        "objects cut off in the capture bucket",
        "code 6 and the object's address; nothing is written over it",
        (
            "test_windows.py::test_a_capture_or_a_history_that_is_not_whole_is_named_and_nothing_is_recorded_over_it",
            "ml/serving/test_delivery.py::test_a_line_that_a_killed_server_left_half_is_not_put",
        ),
    ),
    Fault(
        "F-28",
        "a full disk",
        "small file systems, mounted",
        "answers go on and lost records are counted; a run and the demo end with a sentence; a table keeps what it had",
        (
            "test_disk.py::test_a_full_disk_costs_records_that_are_counted_and_never_an_answer",
            "test_disk.py::test_a_pipeline_without_room_says_so_and_holds_no_lock",
            "test_disk.py::test_a_table_on_a_full_disk_keeps_what_it_had_and_takes_the_batch_when_there_is_room",
            "test_disk.py::test_a_demo_that_cannot_write_says_so",
        ),
    ),
    Fault(
        "F-28",
        "a read-only disk",
        "a mount namespace whose root is read-only; a read-only mount",
        "the server needs no disk but for a capture file, the pipeline one volume for temporary files",
        (
            "test_disk.py::test_the_server_needs_no_disk_that_it_can_write_to",
            "test_disk.py::test_a_server_that_cannot_open_its_capture_says_so_and_takes_no_traffic",
            "test_disk.py::test_the_pipeline_needs_a_volume_for_temporary_files_and_no_other_disk",
        ),
    ),
)
