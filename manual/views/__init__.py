"""The reader of the manual, open to everyone who is signed in, and the screens of those who edit it."""

from manual.views.pages import chapter, contents, search_page, section

__all__ = ["chapter", "contents", "search_page", "section"]
