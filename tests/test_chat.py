"""A conversation: what each line that is typed shows, in the process' own hands and at a real terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from upper import FERRY_LINE, assistant, environment, ferry

from bot.answer import Status
from bot.chat import HELP, PROMPT, Chat
from bot.render import offered, plain, rows

QUESTION = "Are the ferries running again?"


def said(*lines: str) -> list[str]:
    """What one conversation shows for each line."""
    talk = Chat(assistant("other"))
    return [plain(talk.rows(line)) for line in lines]


def test_a_question_is_answered_as_ask_answers_it_with_its_follow_ups_numbered() -> None:
    answer = assistant("other").ask(QUESTION)
    assert said(QUESTION) == [plain(rows(answer, numbered=True))]
    assert offered(answer)


def test_a_number_asks_what_the_last_answer_listed() -> None:
    """The question is told, and its own follow-ups are what numbers mean from then on."""
    helper = assistant("other")
    first = offered(helper.ask(QUESTION))[0].question
    answer = helper.ask(first)
    shown = said(QUESTION, "1", "1")
    assert shown[1] == f"? {first}\n\n{plain(rows(answer, numbered=True))}"
    assert shown[2].startswith(f"? {offered(answer)[0].question}\n")


def test_a_number_in_other_digits_is_one_too() -> None:
    assert said(QUESTION, "1")[1] == said(QUESTION, "١")[1]


def test_a_number_that_nothing_was_listed_for_is_told() -> None:
    count = len(offered(assistant("other").ask(QUESTION)))
    assert said("1") == ["A number asks a question that was listed; no answer lists any now.\n"]
    assert said(QUESTION, "99", "0")[1:] == [f"A number asks a question that was listed; the last answer lists 1 to {count}.\n"] * 2


def test_each_question_stands_alone() -> None:
    """What was asked before changes no answer."""
    assert said("Why did the ferries stop?", QUESTION)[1] == said(QUESTION)[0]


def test_a_blank_line_shows_nothing() -> None:
    assert said("", "   ", "\t") == ["", "", ""]


def test_help_names_every_command_and_each_that_it_names_is_one() -> None:
    (text,) = said("?")
    assert said("/help") == [text]
    named = re.findall(r"(?m)^(/\w+)", text)
    assert named == ["/context", "/json", "/sources", "/help", "/quit"]
    assert all("No command" not in said(name)[0] for name in named)
    assert len(HELP) == text.count("\n")


def test_an_unknown_command_is_told() -> None:
    assert said("/bye") == ["No command /bye; /help lists them.\n"]


def test_json_is_the_last_answer_as_ask_prints_it() -> None:
    assert said("/json") == ["Nothing was asked yet.\n"]
    shown = said(QUESTION, "/json")[1]
    assert shown.encode() == ferry("ask", "--json", QUESTION).stdout
    assert json.loads(shown) == assistant("other").ask(QUESTION).as_json


def test_context_shows_a_quote_in_its_paragraph() -> None:
    answer = assistant("other").ask(QUESTION)
    for quote in answer.quotes:
        (shown,) = said(QUESTION, f"/context {quote.n}")[1:]
        assert f"{quote.span.article.id}[{quote.span.start}:{quote.span.end}]" in shown
        marked = [line[9:] for line in shown.split("\n") if re.match(r"› +\d", line)]
        touched = quote.span.article.sentences_of(quote.span.start, quote.span.end)
        assert marked == [quote.span.article.sentences[i].text for i in touched]
    assert said(QUESTION, "/context")[1] == said(QUESTION, "/context 1")[1]


def test_context_without_such_a_quote_is_told() -> None:
    helper = assistant("other")
    refused = helper.ask("zzyzx qwrtp")
    assert refused.status is Status.ABSTAINED
    assert said("/context 1") == ["No answer with a quote was shown yet.\n"]
    assert said("zzyzx qwrtp", "/context 1")[1] == "The last answer has no quote.\n"
    count = len(helper.ask(QUESTION).quotes)
    assert said(QUESTION, "/context 99", "/context x")[1:] == [f"/context N: the last answer has the quotes 1 to {count}.\n"] * 2


def test_sources_are_told_as_the_command_tells_them() -> None:
    assert said("/sources") == [ferry("sources").stdout.decode()]


def test_quit_ends_it() -> None:
    talk = Chat(assistant("other"))
    assert (plain(talk.rows("/quit")), talk.over) == ("", True)


# As a process


def test_a_pipe_is_read_line_by_line_until_quit() -> None:
    """Each line stands above what it shows; blank lines and what follows `/quit` show nothing."""
    lines = [QUESTION, "", "1", "/context 1", "/quit", QUESTION]
    done = ferry("chat", stdin="\n".join(lines).encode())
    shown = said(*lines[:4])
    expected = "".join(f"{PROMPT}{line}\n\n{page}\n" for line, page in zip(lines[:4], shown, strict=True) if line)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{expected}{PROMPT}/quit\n\n\n", b"")


def test_bytes_that_are_no_text_end_nothing() -> None:
    done = ferry("chat", stdin=b"\xff\xfe\n/sources\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"corpus  " in done.stdout


def test_control_characters_are_shown_nowhere() -> None:
    assert b"\x1b" not in ferry("chat", stdin=b"is it \x1b[31msafe?\n/\x1b[31m\n").stdout


@pytest.mark.parametrize("options", [["--until", "2023-03-04"], ["--lang", "es"]])
def test_date_and_language_hold_for_every_question(options: list[str]) -> None:
    done = ferry("chat", *options, stdin=f"{QUESTION}\n/json\n".encode())
    assert done.stdout.split(b"/json\n\n")[1].strip() == ferry("ask", "--json", *options, QUESTION).stdout.strip()


class Terminal:
    """`bot chat` at a pseudo-terminal of 80 columns."""

    def __init__(self) -> None:
        self._leader, follower = pty.openpty()
        variables = environment(COLUMNS="80", LINES="40", TERM="dumb", LC_ALL="C.UTF-8")
        command = [sys.executable, "-m", "bot", *FERRY_LINE, "chat"]
        self.process = subprocess.Popen(
            command, stdin=follower, stdout=follower, stderr=follower, cwd=ROOT, env=variables, start_new_session=True, preexec_fn=self._own_terminal
        )
        os.close(follower)

    @staticmethod
    def _own_terminal() -> None:
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that runs the tests in the background ignores it for them

    def type(self, text: str) -> None:
        os.write(self._leader, text.encode())

    def until(self, wanted: str) -> str:
        """What is written until `wanted` was; fails where that never comes."""
        output, end = "", time.monotonic() + 60
        while wanted not in output:
            assert time.monotonic() < end, output
            if select.select([self._leader], [], [], 1)[0]:
                output += os.read(self._leader, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
        return output

    def interrupt(self, typed: str) -> None:
        """Control-C behind something that was typed, sent once the line has waited for more for a while.

        Python's readline looks for signals while it waits for a character alone: one that comes just before is seen with the next.
        """
        self.type(typed)
        self.until(typed)
        state, asleep = Path(f"/proc/{self.process.pid}/stat"), 0
        while state.exists() and asleep < 10:
            asleep = asleep + 1 if state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "S" else 0
            time.sleep(0.01)
        self.type("\x03")

    def ended(self) -> int:
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            os.close(self._leader)


def test_a_terminal_is_greeted_answered_and_left_with_control_d() -> None:
    terminal = Terminal()
    assert "/help lists the commands." in terminal.until(PROMPT)
    terminal.type(f"{QUESTION}\n")
    output = terminal.until(PROMPT)
    assert [word for word in plain(rows(assistant("other").ask(QUESTION), numbered=True)).split() if word not in output.split()] == []
    terminal.type("1\n")
    assert "? " in terminal.until(PROMPT)
    terminal.type("\x04")
    assert terminal.ended() == 0


def test_control_c_clears_the_line_and_twice_leaves() -> None:
    terminal = Terminal()
    terminal.until(PROMPT)
    terminal.interrupt("zzyzx")
    terminal.until(f"(Ctrl-C again leaves)\n{PROMPT}")
    terminal.type("?\n")
    output = terminal.until(f"twice leaves\n\n{PROMPT}")
    assert "sources" in output, "the line that was cleared is no part of the next"
    terminal.interrupt("one")
    terminal.until(f"(Ctrl-C again leaves)\n{PROMPT}")
    terminal.interrupt("two")
    assert terminal.ended() == 0


def test_quit_leaves_a_terminal() -> None:
    terminal = Terminal()
    terminal.until(PROMPT)
    terminal.type("/quit\n")
    assert terminal.ended() == 0
