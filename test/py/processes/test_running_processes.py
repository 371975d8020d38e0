"""Whatever a command starts is gone when `run` returns, and nothing of it holds us up."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest
from running import is_running, ran

from ai_sessions.processes import running
from ai_sessions.processes.output import Ends
from ai_sessions.stopping import Stop

WITHOUT_SUBREAPER = {"may_adopt": False}
EITHER_WAY = pytest.mark.parametrize("way", [{}, WITHOUT_SUBREAPER], ids=["subreaper", "marks"])


@EITHER_WAY
@pytest.mark.parametrize("session", [False, True], ids=["child", "daemon"])
def test_what_a_command_leaves_behind_is_gone(play, way, session):
    ended = play(f"sleeper({session}); say('answer')", **way)

    assert ended.exit_code == 0
    assert "answer" in play.said
    assert not is_running(play.pids[0])


@EITHER_WAY
def test_one_left_behind_that_talks_holds_nothing_up(play, way):
    script = """
        if os.fork() == 0:
            os.setsid()
            while True:
                say("noise")
                time.sleep(0.001)
        say("answer")
    """
    ended = play(script, timeout_s=60, silence_s=60, **way)

    assert ended == running.Ended(0)
    assert "answer" in play.said


@pytest.mark.skipif(sys.platform != "linux", reason="opens a pipe by /proc")
def test_a_pipe_that_somebody_out_of_reach_keeps_open_holds_nothing_up(play):
    kept, stop = [], Stop()

    def keep() -> None:
        kept.append(os.open(f"/proc/{play.pids[0]}/fd/1", os.O_WRONLY))
        stop.set()

    play.heard = keep
    ended = play("say(os.getpid()); time.sleep(600)", stop=stop)
    for fd in kept:
        os.close(fd)
    assert len(kept) == 1
    assert ended.cancelled


@EITHER_WAY
def test_a_family_that_goes_on_growing_is_gone(play, way):
    script = """
        def grow(depth):
            for _ in range(3):
                if os.fork() == 0:
                    if depth % 2:
                        os.setsid()
                    say(os.getpid())
                    if depth:
                        grow(depth - 1)
                    time.sleep(600)
        grow(2)
        time.sleep(600)
    """
    stop = Stop()
    play.heard = lambda: stop.set() if len(play.pids) > 8 else None
    play(script, stop=stop, grace_s=0.0, **way)

    assert len(play.pids) > 8
    assert not any(map(is_running, play.pids))


@EITHER_WAY
def test_who_ignores_the_request_to_end_is_made_to(play, clock, way):
    script = """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sleeper(True)
        say(os.getpid())
        time.sleep(600)
    """
    play.heard = lambda: clock.advance() if len(play.pids) == 2 else None
    ended = play(script, timeout_s=60, grace_s=0.05, **way)

    assert (ended.exit_code, ended.timed_out) == (124, "it took longer than 60 s")
    assert len(play.pids) == 2
    assert not any(map(is_running, play.pids))


def test_who_is_asked_to_end_may_say_a_last_word(play):
    script = """
        signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"bye\\n"), os._exit(5)))
        say("ready")
        time.sleep(600)
    """
    stop = Stop()
    play.heard = stop.set
    ended = play(script, stop=stop, grace_s=60)

    assert (ended.exit_code, ended.cancelled) == (143, True)
    assert play.said == "ready\nbye\n"


def test_a_stop_from_another_thread_ends_the_whole_tree(play):
    stop, ready = Stop(), threading.Event()
    play.heard = ready.set
    thread = threading.Thread(target=lambda: (ready.wait(), stop.set()))
    thread.start()
    ended = play("sleeper(True); time.sleep(600)", stop=stop)
    thread.join()

    assert (ended.exit_code, ended.cancelled, ended.stopped) == (143, True, "")
    assert not is_running(play.pids[0])


def test_a_stop_that_was_set_before_is_not_missed(play):
    stop = Stop()
    stop.set()

    assert play("time.sleep(600)", stop=stop).cancelled


def test_one_that_has_said_all_and_hangs_is_ended_well(play):
    watch = running.Watch(has_said_all=lambda: "result" in play.said)
    ended = play("say('result'); time.sleep(600)", watch, finished_s=0.0)

    assert ended == running.Ended(0, hung=True)


def test_one_that_has_said_all_may_end_by_itself(play):
    watch = running.Watch(has_said_all=lambda: "result" in play.said)
    ended = play("say('result'); sys.exit(3)", watch, finished_s=60)

    assert ended == running.Ended(3)


def test_a_question_is_asked_again_until_it_has_a_reason(play):
    answers = iter(["", "", "it cost too much"])
    watch = running.Watch(why_stop=lambda: next(answers))
    ended = play("time.sleep(600)", watch)

    assert ended == running.Ended(143, stopped="it cost too much")


def test_a_report_is_waited_for_that_one_left_behind_still_writes(play, tmp_path):
    report = tmp_path / "report"
    script = f"""
        if os.fork() == 0:
            os.setsid()
            time.sleep(0.05)
            open({str(report)!r}, "w").close()
            time.sleep(600)
    """
    ended = play(script, running.Watch(is_reported=report.exists))

    assert ended == running.Ended(0)
    assert report.exists()


def test_a_report_that_nobody_is_left_to_write_is_not_waited_for(play):
    watch = running.Watch(is_reported=lambda: False, report_s=600)

    assert play("say('done')", watch) == running.Ended(0)


def test_a_gigabyte_of_output_takes_the_memory_of_its_ends(tmp_path):
    said = Ends(1000)
    words = ["sh", "-c", "printf begin; head -c 1073741824 /dev/zero; printf end"]
    command = running.Command(words, tmp_path, {"PATH": os.environ["PATH"]})
    with running.started(command, None, tmp_path) as child:
        for _channel, data in child.output():
            said.add(data)

    assert child.ended().exit_code == 0
    assert said.whole().startswith(b"begin\0")
    assert said.whole().endswith(b"\0end")
    assert said.dropped == 8 + (1 << 30) - 1000


def test_input_that_is_never_read_does_not_hold_us_up(play):
    assert play("say('busy')", stdin=b"x" * 10_000_000) == running.Ended(0)


@pytest.mark.parametrize("more", [{}, {"stdin": b"x"}, {"is_merged": True, "stdin": b""}])
def test_a_run_leaves_no_descriptor_open(play, more):
    play("say('first')")  # its supervisor stays for the next one
    before = os.listdir("/dev/fd")
    play("say('on')", **more)

    assert os.listdir("/dev/fd") == before


def test_what_the_listener_raises_ends_the_command_and_goes_on_up(play):
    def full() -> None:
        raise OSError(28, "No space left on device")

    play.heard = full
    with pytest.raises(OSError, match="No space left"):
        play("sleeper(True); time.sleep(600)")

    assert not is_running(play.pids[0])


def test_a_second_interruption_kills_at_once(play, tmp_path):
    """The command tells by a pipe that it was asked to end; then we are interrupted again."""
    fifo = tmp_path / "asked"
    os.mkfifo(fifo)
    script = f"""
        signal.signal(signal.SIGTERM, lambda *_: open({str(fifo)!r}, "w").close())
        say(os.getpid())
        while True:
            time.sleep(600)
    """

    def interrupted() -> None:
        raise KeyboardInterrupt

    def again() -> None:
        fifo.open().close()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=again)
    thread.start()
    play.heard = interrupted
    with pytest.raises(KeyboardInterrupt):
        play(script, grace_s=600)
    thread.join()

    assert not is_running(play.pids[0])


@pytest.mark.parametrize("words", [["no-such-command"], [], ["a\0b"], ["/dev/null"]])
def test_what_cannot_be_started_is_said(tmp_path, words):
    with pytest.raises(running.CannotStart):
        ran(running.Command(words, tmp_path, {}), tmp_path)


def test_a_command_is_found_on_its_own_path(tmp_path):
    (tmp_path / "tool").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "tool").chmod(0o755)
    environment = {"PATH": f"/no/such/folder:{tmp_path}"}
    command = running.Command(["tool"], tmp_path, environment)

    assert ran(command, tmp_path).exit_code == 7


def test_it_gets_its_environment_and_no_descriptor_of_ours(play):
    play(
        """
        say(sorted(name for name in os.environ if not name.startswith("AI_SESSIONS_CHILD_")))
        found = os.listdir("/dev/fd")  # the one of this look is closed again
        say([fd for fd in map(int, found) if fd > 2 and os.path.exists(f"/dev/fd/{fd}")])
        """
    )

    assert play.said.splitlines() == ["['LC_CTYPE', 'PATH']", "[]"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs an orphan's new parent to be us")
def test_a_command_that_kills_its_supervisor_leaves_nothing_either(play):
    script = """
        sleeper(True)
        say(os.getpid())
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    """
    ended = play(script)

    assert ended.exit_code == 137
    assert len(play.pids) == 2
    assert not any(map(is_running, play.pids))
    assert play("say('next')").exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs an orphan's new parent to be us")
def test_one_whose_supervisor_is_suspended_is_ended_and_so_is_the_supervisor(play, monkeypatch):
    monkeypatch.setattr(running, "_KILLED_S", 0.1)
    stop = Stop()
    play.heard = stop.set
    script = """
        os.kill(os.getppid(), signal.SIGSTOP)
        say(os.getpid(), os.getppid())
        time.sleep(600)
    """
    ended = play(script, stop=stop, grace_s=0.0)
    pid, supervisor = play.pids

    assert ended.cancelled
    assert not is_running(pid)
    assert not is_running(supervisor) or select.select([os.pidfd_open(supervisor)], [], [], 30)[0]


def test_two_at_once_leave_each_other_alone(play, another):
    """One ends, with all that it left behind, while the other has a daemon at work."""
    first, second = play, another()
    begun, stop = threading.Event(), Stop()
    first.heard = lambda: begun.set() if len(first.pids) == 2 else None
    script = "sleeper(True); say(os.getpid()); time.sleep(600)"
    thread = threading.Thread(target=first, args=(script,), kwargs={"stop": stop})
    thread.start()
    begun.wait()
    ended = second("sleeper(True)")
    going_on = [is_running(pid) for pid in first.pids]
    stop.set()
    thread.join()

    assert ended.exit_code == 0
    assert not is_running(second.pids[0])
    assert going_on == [True, True]
    assert not any(map(is_running, first.pids))


def test_a_child_of_the_program_around_us_is_not_ours(play):
    with subprocess.Popen(["sleep", "600"]) as theirs:
        play("sleeper(True)")
        was_running = is_running(theirs.pid)
        theirs.terminate()

        assert was_running
        assert theirs.wait() == -signal.SIGTERM


def test_many_at_once_all_end(another):
    runs = [another() for _ in range(8)]
    threads = [threading.Thread(target=run, args=("sleeper(True)",)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(run.pids) for run in runs] == [1] * 8
    assert not any(is_running(run.pids[0]) for run in runs)


def test_a_process_that_was_forked_from_ours_has_supervisors_of_its_own(play):
    play("say('ours')")
    pid = os.fork()
    if pid == 0:
        os._exit(play("say('theirs')").exit_code + 40)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 40
    assert play("say('ours again')").exit_code == 0


def test_the_wall_clock_runs_on_while_it_talks(play):
    script = "while True: say('on'); time.sleep(0.001)"
    began = time.monotonic()
    ended = play(script, timeout_s=0.2, silence_s=60)

    assert ended.timed_out == "it took longer than 0.2 s"
    assert time.monotonic() - began >= 0.2
