"""The thread that sends spans."""

import threading

import pytest

from ai_sessions.telemetry import conventions, sending
from ai_sessions.telemetry.sending import Outgoing, Sender

WARNING = "warning: OTEL: spans are not sent to http://localhost:4318: "


class Exporter:
    """It writes down what it is told. `problem`: what each sending ends with."""

    def __init__(self, problem="", *, raises=None):
        self.added, self.sent, self.parents = [], [], []
        self.may_send = threading.Event()
        self.may_send.set()
        self.has_sent = threading.Event()
        self._problem, self._raises = problem, raises

    def add(self, span, parent):
        self.added.append(span)
        self.parents.append(parent)

    def send(self, *, has_metrics):
        self.may_send.wait(60)
        if self._raises:
            raise self._raises
        self.sent.append((len(self.added), has_metrics))
        self.has_sent.set()
        return self._problem


@pytest.fixture
def span(call, session):
    return conventions.span(call(), session, has_content=False)


@pytest.fixture
def told():
    return []


@pytest.fixture
def outgoing(span, told):
    return lambda **environment: Outgoing(span, environment, told.append)


@pytest.fixture
def used(outgoing):
    """Sends a few spans by an exporter and ends."""

    def use(exporter, count=1, **environment):
        sender = Sender(lambda _environment: exporter)
        for _number in range(count):
            sender.put(outgoing(**environment))
        sender.close(10)

    return use


def test_at_the_end_all_is_sent_with_the_metrics(used, told):
    exporter = Exporter()
    used(exporter, 3)

    assert exporter.sent[-1] == (3, True)
    assert told == []


def test_spans_are_sent_at_once_and_metrics_wait(outgoing):
    exporter = Exporter()
    sender = Sender(lambda _environment: exporter)
    sender.put(outgoing())
    assert exporter.has_sent.wait(60)
    sender.close(10)

    assert exporter.sent == [(1, False), (1, True)]


def test_nothing_is_made_before_the_first_span():
    made = []
    Sender(made.append).close()

    assert made == []


def test_who_puts_a_span_does_not_wait_for_the_collector(outgoing):
    exporter = Exporter()
    exporter.may_send.clear()
    sender = Sender(lambda _environment: exporter)
    sender.put(outgoing())
    sender.put(outgoing())
    assert len(exporter.added) == 2

    exporter.may_send.set()
    sender.close(10)


def test_the_end_does_not_wait_for_a_collector_that_says_nothing(outgoing, told):
    exporter = Exporter()
    exporter.may_send.clear()
    sender = Sender(lambda _environment: exporter)
    sender.put(outgoing())
    sender.close(0.01)
    exporter.may_send.set()

    assert told == [f"{WARNING}not delivered within 0.01 s"]


def test_a_collector_that_refuses_is_one_warning(used, told):
    used(Exporter("401 Unauthorized"), 5)

    assert told == [f"{WARNING}401 Unauthorized"]


def test_a_sending_that_raises_is_one_warning(used, told):
    used(Exporter(raises=ValueError("no")), 5)

    assert told == [f"{WARNING}ValueError: no"]


def test_packages_that_do_not_load_are_tried_once(outgoing, told):
    tries = []

    def make(environment):
        tries.append(environment)
        raise ImportError("wrong ELF class")

    sender = Sender(make)
    for _number in range(3):
        sender.put(outgoing())
    sender.close()

    assert told == [f"{WARNING}ImportError: wrong ELF class"]
    assert len(tries) == 1


def test_a_span_is_part_of_the_one_that_the_environment_names(used):
    exporter = Exporter()
    used(exporter, TRACEPARENT="00-aa-bb-01", TRACESTATE="x=1", HOME="/")

    assert exporter.parents == [{"traceparent": "00-aa-bb-01", "tracestate": "x=1"}]


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        ({}, "http://localhost:4318"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"}, "http://c:1"),
        (
            {
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:2/v1/traces",
            },
            "http://t:2/v1/traces",
        ),
    ],
)
def test_the_warning_names_where_the_spans_should_go(environment, where):
    assert sending.endpoint(environment) == where


def test_a_process_has_one_sender_that_ends_with_it(monkeypatch):
    ends = []
    monkeypatch.setattr("atexit.register", ends.append)
    sending.sender.cache_clear()

    assert sending.sender() is sending.sender()
    assert ends == [sending.sender().close]
    sending.sender.cache_clear()


def test_a_child_of_the_process_does_not_wait_for_the_thread_of_its_parent(outgoing, told):
    sender = Sender(lambda _environment: Exporter())
    sender.put(outgoing())
    sender.close(10)
    sender.close(10)  # its thread is gone, as in a child

    assert told == []
