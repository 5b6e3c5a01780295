"""`bot doctor`: what is wrong here, and the mend, a line each."""

from __future__ import annotations

import os
from collections import Counter

import click

from bot.errors import harmless, number_of
from bot.terminal import plain

_COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Look at settings, versions, files, store, token and disk: what is wrong, and the mend.

    Nothing is changed and nothing is sent; of the network only the store is asked, where that is PostgreSQL. `bot check` reads the
    corpus and the FAQ more closely.

    Exit code 1 where something is wrong; warnings leave it 0.
    """
    from bot.doctor import Grade, examine

    corpus, faq = ctx.obj
    grades = Counter[Grade]()
    for finding in examine(os.environ, corpus=corpus, faq=faq):
        grades[finding.grade] += 1
        grade = f"{finding.grade:<8}"
        click.echo(f"{grade if plain() else click.style(grade, fg=_COLOURS[finding.grade])} {finding.what:<13} {harmless(finding.says)}")
        click.echo("".join(f"{'':23}{harmless(line)}\n" for line in finding.mend.splitlines()), nl=False)
    click.echo(f"{grades[Grade.OK]} ok, {number_of(grades[Grade.WARNING], 'warning')}, {grades[Grade.WRONG]} wrong", err=True)
    ctx.exit(1 if grades[Grade.WRONG] else 0)
