"""Questions that were asked in vain, and suggestions with what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    op.create_table(
        "asked",
        sa.Column("asking", sa.LargeBinary, primary_key=True),
        sa.Column("server", sa.BigInteger, nullable=False, index=True),
        sa.Column("question", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("day", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "suggestions",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("server", sa.BigInteger, nullable=False, index=True),
        sa.Column("suggester", sa.BigInteger),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("question", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("outcome", sa.Text),
        sa.Column("moderator", sa.BigInteger),
        sa.Column("decided", sa.BigInteger),
        sa.Column("entry", sa.Text),
    )
