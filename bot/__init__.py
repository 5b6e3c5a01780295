"""A question-answering bot that answers with verbatim, cited quotes, or says that its sources do not say."""

__version__ = "0.1.0"
