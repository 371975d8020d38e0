"""Whether a later statement makes an earlier one out of date."""

import pytest

from ai_sessions.memory.cues import cues
from ai_sessions.memory.subjects import Statement, replaces, rest_of


def statement(text):
    return Statement(cues(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The port is 8080.", "The port is 9090."),
        ("The port is 8080.", "We moved to port 9090 because of a clash."),
        ("Ada Byron is the reviewer.", "Grace Hopper is the reviewer."),
        ("The launch deadline is 2027-01-02.", "The launch moved to March 14."),
        ("The spending cap is $800.", "Keep the budget under $500 from now on."),
        ("Spending is capped at $867 in total.", "The total budget limit is $389."),
        ("The test server is on 5433.", "Moved the test server to 5444, the old one had clashed."),
        ("Only Ada may merge releases.", "Only Grace may merge releases."),
        ("I prefer short answers in bullets.", "I'd like long answers now."),
        ("Staging runs on cluster-a.", "We moved staging over to cluster-b today."),
        ("Deploys go to pool-a.", "We switched deploys to pool-b."),
        ("The loader reads events_v1.", "The loader now reads events_v2."),
        ("Deploys run on Node 18 for everything.", "I bumped Deploys to Node 22 yesterday."),
        ("Alerts go to the channel #ops-blue.", "The channel of alerts changed to #ops-red."),
        ("The port is 8080.", "We moved the port to 9090, the old one was too common."),
        ("We rotate the keys monthly.", "After the incident we rotate the keys weekly."),
        ("CI is on Node 18 for everything.", "I bumped CI to Node 22, so forget the old one."),
        ("worker-a has 4 threads.", "worker-a has 6 threads now."),
        ("The budget is $500.", "Change of plan: the budget is $750."),
        ("The budget is $500.", "Raise the budget to $750."),
    ],
)
def test_another_value_of_the_same_subject_replaces_one(old, new):
    assert replaces(statement(new), statement(old))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The port is 8080.", "The port is 8080."),
        ("The port is 8080.", "The admin port is 9090."),
        ("The port is 8080.", "The port now also has TLS."),
        ("The port is 8080.", "We have another port, 9090."),
        ("Bug 17 is fixed.", "Bug 18 is fixed."),
        ("The launch is on 2027-01-02.", "The launch costs $500 now."),
        ("The unit tests take 30 seconds.", "The logo is 30 kB now."),
        ("The project budget limit is $500.", "The travel budget limit is $300."),
        ("Version 2.1.0 was released on Monday.", "Version 2.2.0 was released on Friday."),
        ("The limit is 100 requests for each key.", "The upload limit is 10 requests now."),
        ("The admin API has 600 requests per minute.", "Uploads have 10 requests per minute now."),
        ("I like short answers.", "I'd like answers in German from now on."),
        ("The launch date is May 3.", "The release date is May 9 now."),
        ("Never send payroll data to other services.", "Never send health data to others."),
        ("Staging runs on cluster-a.", "Production moved to cluster-b."),
        ("Exports go to table orders_v2.", "Refunds now go to table orders_v3."),
        ("Alerts go to the channel #ops-blue.", "Deploys now go to the channel #ops-red."),
        ("We test the backups daily.", "We test the restores weekly."),
        ("The daily backup is on s3.", "The weekly backup is on tape."),
        ("Cluster-a is in Paris.", "Cluster-b is in Rome now."),
        ("The agent runs on Python 3.9.", "We switched the API to Python 3.12."),
        ("CI is on Node 18.", "We bumped Docs to Node 22."),
        ("Production is on Postgres 15.", "I bumped Staging to Postgres 17."),
        ("CI is on Node 18.", "CI also has Node 22 now."),
        ("worker-a has 4 threads.", "worker-b has 6 threads."),
        ("worker-a has 4 threads.", "worker-b has 6 threads now."),
        ("Server db1 has 4 GB.", "Server db2 has 8 GB."),
        ("node1 has 4 GB.", "node2 now has 8 GB."),
        ("The limit in etc/a.conf is 30 seconds.", "The limit in etc/b.conf is now 40 seconds."),
        ("The TTL of a.example.com is 30 s.", "The TTL of b.example.com is now 40 s."),
    ],
)
def test_a_value_of_another_subject_or_sort_replaces_none(old, new):
    assert not replaces(statement(new), statement(old))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Forget Kafka, we use Redis.", "kafka"),
        ("Mongo is off the table.", "mongo"),
        ("We use tabs instead of spaces.", "space"),
        ("Kafka it is.", None),
    ],
)
def test_what_is_taken_back_is_known_by_its_word(text, what):
    assert statement(text).taken_back == frozenset([what] if what else [])


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (
            "The gateway of bank 4 listens on port 804.",
            "The gateway of bank 3 listens on port 803.",
        ),
        ("Step 2: bank 2 retries 3 times.", "Step 1: bank 1 retries 5 times."),
        ("Order 442 was sent to York on 3 May.", "Order 441 was sent to Leeds on 1 May."),
        ("worker-3 runs on eu-west-1", "worker-2 runs on us-east-1"),
        ("The mirror is on node-b.", "The mirror is on node-a."),
        ("The export writes to orders_v3.", "The export writes to orders_v2."),
        ("The worker-b handles mail.", "The worker-a handles mail."),
        ("CI is on Node 22.", "Docs are on Node 18."),
    ],
)
def test_two_things_that_are_told_in_the_same_words_stay_two(new, old):
    assert not replaces(statement(new), statement(old))
    assert not replaces(statement(old), statement(new))


@pytest.mark.parametrize(
    ("old", "new", "rest"),
    [
        (
            "The codename is AB-17 and the deadline is Friday.",
            "The deadline moved to Monday.",
            "The codename is AB-17 …",
        ),
        (
            "The deadline is Friday, and the budget is $500.",
            "The deadline moved to Monday.",
            "… and the budget is $500.",
        ),
        (
            "Staging is at https://a.io and production at https://b.io",
            "Staging moved to https://c.io",
            "… and production at https://b.io",
        ),
        (
            "db host is a.local, copy host is b.local",
            "copy host is c.local now",
            "db host is a.local …",
        ),
        ("The deadline is Friday.", "The deadline moved to Monday.", ""),
        (
            "The codename is AB-17 and the deadline is Friday.",
            "The codename is AB-17 and the deadline is Monday.",
            "",
        ),
    ],
)
def test_what_is_said_beside_a_replaced_value_stays(old, new, rest):
    assert rest_of(statement(old), statement(new)).replace(",", "") == rest
