"""The first schema: settings of servers, answers that have buttons, ratings, and the key that ratings are kept under."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "servers",
        sa.Column("server", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("language", sa.Text),
        sa.Column("channels", sa.JSON, nullable=False),
        sa.Column("forums", sa.JSON, nullable=False),
        sa.Column("cooldown", sa.Integer, nullable=False),
        sa.Column("keeps_questions", sa.Boolean, nullable=False),
    )
    op.create_table(
        "shown",
        sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.BigInteger, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("asker", sa.BigInteger, nullable=False),
        sa.Column("question", sa.LargeBinary),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("entry", sa.Text),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "ratings",
        sa.Column("voter", sa.LargeBinary, primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("server", sa.BigInteger),
        sa.Column("entry", sa.Text),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
    )
    keys = op.create_table("keys", sa.Column("name", sa.Text, primary_key=True), sa.Column("key", sa.LargeBinary, nullable=False))
    op.bulk_insert(keys, [{"name": "ratings", "key": secrets.token_bytes(32)}])
